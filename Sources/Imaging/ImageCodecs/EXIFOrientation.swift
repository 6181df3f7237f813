import Raster

/// How a camera was held: where the first row and the first column of the stored pixels belong.
///
/// Source: Exif 2.32, tag 0x0112; the raw values are those of the tag.
package enum EXIFOrientation: Int, Hashable, Sendable, CaseIterable {
  case upright = 1
  case mirroredHorizontally
  case rotatedHalf
  case mirroredVertically
  case transposed
  case rotatedClockwise
  case transversed
  case rotatedCounterclockwise

  /// Reads the tag from an EXIF block, with or without the name "Exif" before it.
  ///
  /// A block that is damaged or lacks the tag means ``upright``, as a picture without EXIF does.
  package init(exif: [UInt8]) {
    let prefix: [UInt8] = [0x45, 0x78, 0x69, 0x66, 0, 0]
    let tiff = exif.starts(with: prefix) ? exif.dropFirst(prefix.count) : exif[...]
    self = Self.tag(inTIFF: Array(tiff)).flatMap(EXIFOrientation.init) ?? .upright
  }

  /// The value of the tag in the first directory of a TIFF file.
  private static func tag(inTIFF bytes: [UInt8]) -> Int? {
    guard bytes.count >= 8 else { return nil }
    let isBigEndian = bytes[0] == 0x4D
    guard bytes[0] == bytes[1], isBigEndian || bytes[0] == 0x49 else { return nil }

    func integer(at offset: Int, byteCount: Int) -> Int? {
      guard offset >= 0, offset <= bytes.count - byteCount else { return nil }
      let field = bytes[offset..<offset + byteCount]
      let ordered = isBigEndian ? Array(field) : field.reversed()
      return ordered.reduce(0) { $0 << 8 | Int($1) }
    }

    guard integer(at: 2, byteCount: 2) == 42, let directory = integer(at: 4, byteCount: 4),
      let entryCount = integer(at: directory, byteCount: 2)
    else { return nil }
    for entry in 0..<entryCount {
      let offset = directory + 2 + entry * 12
      guard let tag = integer(at: offset, byteCount: 2) else { return nil }
      guard tag == 0x0112 else { continue }
      let isShort = integer(at: offset + 2, byteCount: 2) == 3
      return integer(at: offset + 8, byteCount: isShort ? 2 : 4)
    }
    return nil
  }

  /// Whether rows become columns.
  fileprivate var swapsSides: Bool { rawValue >= 5 }

  /// The column and the row in the stored picture of a place in the upright one.
  fileprivate func stored(x: Int, y: Int, in size: PixelSize) -> (x: Int, y: Int) {
    let (right, bottom) = (size.width - 1, size.height - 1)
    return switch self {
    case .upright: (x, y)
    case .mirroredHorizontally: (right - x, y)
    case .rotatedHalf: (right - x, bottom - y)
    case .mirroredVertically: (x, bottom - y)
    case .transposed: (y, x)
    case .rotatedClockwise: (y, bottom - x)
    case .transversed: (right - y, bottom - x)
    case .rotatedCounterclockwise: (right - y, x)
    }
  }
}

extension RasterImage {
  /// The picture as it was seen, for stored pixels of an orientation.
  ///
  /// - Throws: ``RasterError`` never for an image in range; the sides only change places.
  package func turnedUpright(from orientation: EXIFOrientation) throws(RasterError) -> RasterImage {
    guard orientation != .upright else { return self }
    let newSize =
      orientation.swapsSides ? PixelSize(width: size.height, height: size.width) : size
    var result = try RasterImage(size: newSize)
    pixels.withUnsafeBufferPointer { source in
      result.updatePixels { target in
        for y in 0..<newSize.height {
          for x in 0..<newSize.width {
            let place = orientation.stored(x: x, y: y, in: size)
            let from = (place.y * size.width + place.x) * 4
            let to = (y * newSize.width + x) * 4
            for channel in 0..<4 { target[to + channel] = source[from + channel] }
          }
        }
      }
    }
    return result
  }
}
