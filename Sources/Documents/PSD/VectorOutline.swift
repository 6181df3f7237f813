import ByteIO
import DocumentModel
import Raster

/// The outline of a vector mask: the block "vmsk" or "vsms".
///
/// Source: Adobe Photoshop File Formats Specification, "Vector mask setting" and "Path resource format"; how components
/// are combined is not there, but what Photoshop writes.
struct VectorOutline: Hashable, Sendable {
  /// How a component meets those before it.
  enum Operation: Int16, Hashable, Sendable {
    case exclude = 0
    case unite = 1
    case subtract = 2
    case intersect = 3
  }

  /// Closed lines that are filled together by the even-odd rule, in pixels of the canvas.
  struct Component: Hashable, Sendable {
    var operation: Operation
    var lines: [[SIMD2<Double>]]
  }

  private(set) var components: [Component] = []
  /// Whether it hides what is inside.
  let isInverted: Bool
  /// Whether it is switched off.
  let isDisabled: Bool
  /// Whether all is inside where there is no component.
  private(set) var startsFilled = false

  /// Straight pieces that a curve is cut into.
  private static let pieceCount = 24
  /// The most knots of all lines.
  private static let knotLimit = 1 << 16
  /// Bytes of a record.
  private static let recordByteCount = 26

  /// - Parameters:
  ///   - bytes: The block.
  ///   - canvas: The size of the document, of which places are shares.
  /// - Throws: ``MalformedData`` where it is cut off or holds something unknown.
  init(reading bytes: ArraySlice<UInt8>, on canvas: PixelSize) throws(MalformedData) {
    var reader = ByteReader(bytes)
    _ = try reader.read("vector mask version", oneOf: 3 as UInt32)
    let flags = try reader.read("vector mask flags", as: UInt32.self)
    isInverted = flags & 1 != 0
    isDisabled = flags & 4 != 0
    var knots: [Knot] = []
    var isClosed = true
    var leftCount = 0
    var knotCount = 0
    while reader.remainingCount >= Self.recordByteCount {
      let offset = reader.offset
      let selector = try reader.read("path record", in: 0...8 as ClosedRange<UInt16>)
      var record = ByteReader(
        try reader.readBytes("path record", count: Self.recordByteCount - 2))
      switch selector {
      case 0, 3:
        leftCount = Int(try record.read("knot count", as: UInt16.self))
        isClosed = selector == 0
        try begin(with: try record.read("path operation", as: Int16.self), at: offset)
        knots = []
      case 1, 2, 4, 5:
        // Without the record before them that counts them they belong to nothing.
        guard leftCount > 0 else { continue }
        knotCount += 1
        guard knotCount <= Self.knotLimit else {
          throw MalformedData(
            .overLimit(found: Int64(knotCount), limit: Int64(Self.knotLimit)), in: "knot count",
            at: offset)
        }
        knots.append(try Knot(reading: &record, on: canvas))
        leftCount -= 1
        if leftCount == 0 { add(knots, isClosed: isClosed) }
      case 8: startsFilled = try record.read("initial fill", as: UInt16.self) == 1
      default: break
      }
    }
  }

  private mutating func begin(with operation: Int16, at offset: Int) throws(MalformedData) {
    // -1 goes on with the component.
    guard operation != -1 || components.isEmpty else { return }
    guard let operation = Operation(rawValue: operation == -1 ? 1 : operation) else {
      throw MalformedData(
        .unexpected(found: "\(operation)", expected: "-1...3"), in: "path operation", at: offset)
    }
    components.append(Component(operation: operation, lines: []))
  }

  /// Adds a line through knots; an open one is closed by a straight piece.
  private mutating func add(_ knots: [Knot], isClosed: Bool) {
    guard knots.count > 1, !components.isEmpty else { return }
    var line: [SIMD2<Double>] = []
    for (index, knot) in knots.enumerated() {
      line.append(knot.anchor)
      let next = knots[(index + 1) % knots.count]
      guard isClosed || index < knots.count - 1 else { continue }
      guard knot.leaving != knot.anchor || next.preceding != next.anchor else { continue }
      for piece in 1..<Self.pieceCount {
        let after = Double(piece) / Double(Self.pieceCount)
        let before = 1 - after
        let start = before * before * before * knot.anchor
        let first = 3 * before * before * after * knot.leaving
        let second = 3 * before * after * after * next.preceding
        line.append(start + first + second + after * after * after * next.anchor)
      }
    }
    components[components.count - 1].lines.append(line)
  }
}

/// A point of a line with the handles of the curves that meet there, in pixels.
private struct Knot {
  let preceding: SIMD2<Double>
  let anchor: SIMD2<Double>
  let leaving: SIMD2<Double>

  init(reading reader: inout ByteReader, on canvas: PixelSize) throws(MalformedData) {
    func point() throws(MalformedData) -> SIMD2<Double> {
      // Shares of the canvas with 24 bits behind the point, down first.
      let y = Double(try reader.read("knot", as: Int32.self)) / 16_777_216
      let x = Double(try reader.read("knot", as: Int32.self)) / 16_777_216
      return SIMD2(x * Double(canvas.width), y * Double(canvas.height))
    }
    preceding = try point()
    anchor = try point()
    leaving = try point()
  }
}
