extension RasterImage {
  /// The pixels of a rectangle, as an image of its own.
  ///
  /// - Precondition: The rectangle has pixels and lies inside the image.
  package func cropped(to rectangle: PixelRectangle) -> RasterImage {
    let rows = rectangle.y..<rectangle.y + rectangle.height
    precondition(
      rectangle.x >= 0 && rectangle.width > 0 && rectangle.x + rectangle.width <= size.width
        && rows.lowerBound >= 0 && !rows.isEmpty && rows.upperBound <= size.height,
      "a rectangle outside the image")
    let newSize = PixelSize(width: rectangle.width, height: rectangle.height)
    let rowLength = newSize.width * 4
    let bytes = [UInt8](unsafeUninitializedCapacity: rowLength * newSize.height) { bytes, count in
      pixels.withUnsafeBufferPointer { source in
        for y in rows {
          let first = (y * size.width + rectangle.x) * 4
          let row = UnsafeBufferPointer(rebasing: source[first..<first + rowLength])
          _ = bytes[count...].initialize(fromContentsOf: row)
          count += rowLength
        }
      }
    }
    guard let image = try? RasterImage(size: newSize, pixels: bytes) else {
      preconditionFailure("a part of an image is an image")
    }
    return image
  }
}
