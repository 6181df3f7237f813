import ByteIO
import DocumentModel

/// The block "curv": a curve through a few points for each channel.
///
/// Source: Adobe Photoshop File Formats Specification, "Curves".
struct Curves: Hashable, Sendable {
  /// What a channel's values become.
  enum Curve: Hashable, Sendable {
    /// All 256 values as they were drawn.
    case drawn([UInt8])
    case points([Point])
  }

  struct Point: Hashable, Sendable {
    /// 0...255.
    let input: Double
    /// 0...255.
    let output: Double
  }

  /// By channel: 0 is all together, 1 the first.
  private(set) var curves: [Int: Curve] = [:]

  /// The most points of a curve.
  private static let pointLimit: UInt16 = 19
  /// Channels of a file, and all together.
  private static let channelLimit = 57

  /// - Throws: ``MalformedData`` where the block is cut off or holds something unknown.
  init(reading reader: inout ByteReader) throws(MalformedData) {
    let isDrawn = try reader.read("kind of curves", oneOf: 0 as UInt8, 1) == 1
    let version = try reader.read("curves version", oneOf: 1 as UInt16, 4)
    let channels = try reader.read("channels with curves", as: UInt32.self)
    // Version 1 has a bit for each channel, version 4 a count.
    let places =
      version == 1
      ? (0..<32).filter { channels >> UInt32($0) & 1 == 1 }
      : Array(0..<min(Self.channelLimit, Int(channels)))
    for place in places { curves[place] = try Self.readCurve(isDrawn: isDrawn, from: &reader) }
    // Newer programs repeat them, with the numbers of the channels.
    guard reader.peek(as: UInt32.self) == ("Crv " as FourCharacterCode).rawValue else { return }
    _ = try reader.readCode("curves signature")
    _ = try reader.read("curves version", oneOf: 3 as UInt16, 4)
    let count = try reader.read("count of curves", as: UInt32.self)
    var repeated: [Int: Curve] = [:]
    for _ in 0..<min(Self.channelLimit, Int(count)) {
      let channel = Int(try reader.read("channel of curve", as: UInt16.self))
      repeated[channel] = try Self.readCurve(isDrawn: isDrawn, from: &reader)
    }
    curves = repeated
  }

  private static func readCurve(
    isDrawn: Bool, from reader: inout ByteReader
  ) throws(MalformedData) -> Curve {
    guard !isDrawn else { return .drawn(Array(try reader.readBytes("curve", count: 256))) }
    let count = try reader.read("points of curve", in: 0...pointLimit)
    var points: [Point] = []
    for _ in 0..<count {
      let output = Double(try reader.read("output of point", as: UInt16.self))
      points.append(
        Point(input: Double(try reader.read("input of point", as: UInt16.self)), output: output))
    }
    return .points(points)
  }

  /// The tables; `nil` where points do not stand in order.
  func tables(in colors: AdjustedColors) -> ToneTables? {
    let isSound = curves.values.allSatisfy { curve in
      guard case .points(let points) = curve else { return true }
      return zip(points, points.dropFirst()).allSatisfy { $0.input < $1.input }
    }
    return isSound ? colors.tables { curves[$0]?.table ?? .identity } : nil
  }
}

extension Curves.Curve {
  fileprivate var table: ToneTable {
    switch self {
    case .drawn(let values):
      ToneTable { value in Int(value) < values.count ? Double(values[Int(value)]) : value }
    case .points(let points): points.count < 2 ? .identity : NaturalSpline(points).table
    }
  }
}

/// The smooth curve through points that does not bend at its ends.
private struct NaturalSpline {
  private let points: [Curves.Point]
  /// The second derivative at each point.
  private let bends: [Double]

  /// - Parameter points: At least two, with rising inputs.
  init(_ points: [Curves.Point]) {
    self.points = points
    // Solves for all bends but the outer ones, which are 0: the slope is the same on both sides of every point.
    let count = points.count
    var bends = [Double](repeating: 0, count: count)
    var shares = [Double](repeating: 0, count: count)
    for index in 1..<max(1, count - 1) {
      let (before, here, after) = (points[index - 1], points[index], points[index + 1])
      let (left, right) = (here.input - before.input, after.input - here.input)
      let turn = (after.output - here.output) / right - (here.output - before.output) / left
      let weight = 2 * (left + right) - left * shares[index - 1]
      shares[index] = right / weight
      bends[index] = (6 * turn - left * bends[index - 1]) / weight
    }
    for index in (1..<max(1, count - 1)).reversed() {
      bends[index] -= shares[index] * bends[index + 1]
    }
    self.bends = bends
  }

  /// The curve; outside its points it goes on level.
  var table: ToneTable {
    ToneTable { value in
      guard let first = points.first, let last = points.last else { return value }
      let input = max(first.input, min(last.input, value))
      let upper = points.dropFirst().firstIndex { $0.input >= input } ?? points.count - 1
      let (before, after) = (points[upper - 1], points[upper])
      let width = after.input - before.input
      let (left, right) = ((after.input - input) / width, (input - before.input) / width)
      func cubic(_ share: Double) -> Double { share * share * share - share }
      return left * before.output + right * after.output
        + (cubic(left) * bends[upper - 1] + cubic(right) * bends[upper]) * width * width / 6
    }
  }
}
