import ByteIO
import Raster

/// The rectangle of a layer or a mask, in pixels of the canvas, which it may leave.
package struct ChannelRectangle: Hashable, Sendable {
  /// The first row and the row after the last.
  package let top: Int32, bottom: Int32
  /// The first column and the column after the last.
  package let left: Int32, right: Int32

  /// The longest side of a layer, that of a PSB canvas.
  package static let maximumSide = 300_000

  /// Makes a rectangle; `nil` where a side is longer than ``maximumSide``.
  package init?(top: Int32, left: Int32, bottom: Int32, right: Int32) {
    self.top = top
    self.left = left
    self.bottom = bottom
    self.right = right
    guard size.width <= Self.maximumSide, size.height <= Self.maximumSide else { return nil }
  }

  init(_ part: String, reading reader: inout ByteReader) throws(MalformedData) {
    let start = reader.offset
    let top: Int32 = try reader.read("\(part) top")
    let left: Int32 = try reader.read("\(part) left")
    let bottom: Int32 = try reader.read("\(part) bottom")
    let right: Int32 = try reader.read("\(part) right")
    guard let rectangle = Self(top: top, left: left, bottom: bottom, right: right) else {
      throw MalformedData(
        .unexpected(
          found: "rows \(top) to \(bottom), columns \(left) to \(right)",
          expected: "sides of at most \(Self.maximumSide)"), in: "\(part) rectangle", at: start)
    }
    self = rectangle
  }

  /// Width and height; either may be 0.
  ///
  /// Layers without pixels may have an edge before its opposite, which counts as 0 too.
  package var size: PixelSize {
    PixelSize(width: max(0, Int(right) - Int(left)), height: max(0, Int(bottom) - Int(top)))
  }

  func write(to writer: inout ByteWriter) {
    for edge in [top, left, bottom, right] { writer.write(edge) }
  }
}
