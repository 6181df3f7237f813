extension RasterImage {
  /// The picture at another size, equal to the `Image.resize` of Pillow 13 on RGBA to the last bit.
  ///
  /// Alpha counts: colours are premultiplied before and divided after, so a transparent pixel lends its
  /// colour to none. With alpha 255 everywhere each channel is resized for itself, as Pillow does with
  /// RGB. A pass whose side stays the same is skipped; between the passes pixels are 8-bit.
  ///
  /// - Throws: ``RasterError/sizeOutOfRange(_:)`` for the new size.
  package func resized(
    to newSize: PixelSize, using filter: Resampling
  ) throws(RasterError) -> RasterImage {
    guard newSize.isInRange else { throw .sizeOutOfRange(newSize) }
    guard newSize != size else { return self }
    var image = self
    image.premultiplyAlpha()
    if size.isResizedVerticallyFirst(to: newSize) {
      image = try image.resizedVertically(to: newSize.height, using: filter)
      image = try image.resizedHorizontally(to: newSize.width, using: filter)
    } else {
      image = try image.resizedHorizontally(to: newSize.width, using: filter)
      image = try image.resizedVertically(to: newSize.height, using: filter)
    }
    image.unpremultiplyAlpha()
    return image
  }

  private func resizedHorizontally(
    to newWidth: Int, using filter: Resampling
  ) throws(RasterError) -> RasterImage {
    guard newWidth != size.width else { return self }
    let newSize = PixelSize(width: newWidth, height: size.height)
    var result = try RasterImage(size: newSize)
    let weights = ResamplingWeights(from: size.width, to: newSize.width, using: filter)
    let height = size.height
    let width = size.width
    pixels.withUnsafeBytes { source in
      result.updatePixels { target in
        weights.values.withUnsafeBufferPointer { values in
          for y in 0..<height {
            for x in 0..<newSize.width {
              var sum = roundedZero
              let row = (y * width + weights.firstInputs[x]) * 4
              let firstWeight = x * weights.stride
              for k in 0..<weights.counts[x] {
                let pixel = source.loadUnaligned(
                  fromByteOffset: row &+ k &* 4, as: SIMD4<UInt8>.self)
                sum &+= SIMD4<Int32>(truncatingIfNeeded: pixel) &* values[firstWeight &+ k]
              }
              store(sum, to: target, at: (y * newSize.width + x) * 4)
            }
          }
        }
      }
    }
    return result
  }

  private func resizedVertically(
    to newHeight: Int, using filter: Resampling
  ) throws(RasterError) -> RasterImage {
    guard newHeight != size.height else { return self }
    let newSize = PixelSize(width: size.width, height: newHeight)
    var result = try RasterImage(size: newSize)
    let weights = ResamplingWeights(from: size.height, to: newSize.height, using: filter)
    let rowLength = size.width * 4
    pixels.withUnsafeBytes { source in
      result.updatePixels { target in
        weights.values.withUnsafeBufferPointer { values in
          for y in 0..<newSize.height {
            let firstWeight = y * weights.stride
            for x in stride(from: 0, to: rowLength, by: 4) {
              var sum = roundedZero
              var offset = weights.firstInputs[y] * rowLength + x
              for k in 0..<weights.counts[y] {
                let pixel = source.loadUnaligned(fromByteOffset: offset, as: SIMD4<UInt8>.self)
                sum &+= SIMD4<Int32>(truncatingIfNeeded: pixel) &* values[firstWeight &+ k]
                offset &+= rowLength
              }
              store(sum, to: target, at: y * rowLength + x)
            }
          }
        }
      }
    }
    return result
  }
}

extension PixelSize {
  /// Whether the vertical pass comes before the horizontal one.
  ///
  /// It does where the height shrinks by more than twice the pixels that the width loses; a width that
  /// grows counts as a negative loss. Pillow 13 has this order, earlier versions always start with the
  /// width. In either order no size between the passes is larger than both ends.
  func isResizedVerticallyFirst(to newSize: PixelSize) -> Bool {
    let lostRows = height - newSize.height
    return lostRows > 0 && lostRows > 2 * (width - newSize.width)
  }
}

/// Half a unit in the last place of the result, so that the shift at the end rounds.
private let roundedZero = SIMD4<Int32>(repeating: 1 << Int32(ResamplingWeights.fractionBits - 1))

/// Writes four weighted sums as bytes, clamped to 0...255.
@inline(__always)
private func store(
  _ sum: SIMD4<Int32>, to target: UnsafeMutableBufferPointer<UInt8>, at offset: Int
) {
  let shifted = sum &>> Int32(ResamplingWeights.fractionBits)
  let clamped = shifted.clamped(lowerBound: .zero, upperBound: SIMD4(repeating: 255))
  for channel in 0..<4 { target[offset + channel] = UInt8(truncatingIfNeeded: clamped[channel]) }
}
