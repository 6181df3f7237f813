import Raster

/// Whether a part of a layer the colour of skin was made smooth, as faces are to hide who they are.
///
/// The layer is cut into blocks. A run of touching blocks the colour of skin, about as high as wide, that is smooth
/// while the blocks around it are not, is taken for such a face. It sees no faces: smooth skin-coloured shapes on
/// detailed ground (painted figures, wood, sand) are taken for blurred ones, and faces hidden by mosaics or bars, of
/// grey pictures, or in pictures without any detail, are not found.
package struct FaceRule: Hashable, Sendable, Codable {
  /// Pixels of a block's side.
  package var blockSide = 16
  /// The fewest blocks of such a part.
  package var minimumBlockCount = 9
  /// The share of a block's pixels that must have the colour of skin.
  package var minimumSkinShare = 0.6
  /// The mean Laplacian, in levels, of a smooth block.
  package var maximumSharpness: Float = 2
  /// The mean Laplacian, in levels, that the middle one of the surrounding blocks must have, so that edges of flat
  /// shapes do not count as detail.
  package var minimumDetail: Float = 8
  /// How many times sharper the middle one of the surrounding blocks must be.
  package var minimumRatio: Float = 8

  /// The default thresholds.
  package init() {}

  /// Judges an image.
  func holds(for image: RasterImage, of sharpness: Sharpness) -> Bool {
    let columns = image.size.width / blockSide
    let rows = image.size.height / blockSide
    guard columns > 2, rows > 2, columns * rows > minimumBlockCount else { return false }
    var mean = [Float](repeating: -1, count: columns * rows)
    var isCandidate = [Bool](repeating: false, count: columns * rows)
    for row in 0..<rows {
      for column in 0..<columns {
        let index = row * columns + column
        let origin = row * blockSide * sharpness.width + column * blockSide
        mean[index] = meanLaplacian(of: sharpness, at: origin)
        // Most blocks are told by their sharpness alone.
        guard mean[index] >= 0, mean[index] <= maximumSharpness else { continue }
        isCandidate[index] = isSkin(image, sharpness, at: origin)
      }
    }
    return parts(isCandidate, columns: columns).contains { part in
      isFace(part, mean: mean, columns: columns, rows: rows)
    }
  }

  /// The mean Laplacian of a block's judged pixels; -1 where these are less than half.
  private func meanLaplacian(of sharpness: Sharpness, at origin: Int) -> Float {
    var (sum, count) = (Float(0), 0)
    sharpness.laplacian.withUnsafeBufferPointer { laplacian in
      for row in 0..<blockSide {
        let first = origin + row * sharpness.width
        for place in first..<first + blockSide where laplacian[place] >= 0 {
          sum += laplacian[place]
          count += 1
        }
      }
    }
    return count * 2 >= blockSide * blockSide ? sum / Float(count) : -1
  }

  /// Whether enough of a block's pixels are solid and have the colour of skin.
  private func isSkin(_ image: RasterImage, _ sharpness: Sharpness, at origin: Int) -> Bool {
    let needed = minimumSkinShare * Double(blockSide * blockSide)
    var count = 0
    return image.pixels.withUnsafeBufferPointer { pixels in
      sharpness.solidity.withUnsafeBufferPointer { solidity in
        for row in 0..<blockSide {
          // What is left may be too little.
          guard Double(count + (blockSide - row) * blockSide) >= needed else { return false }
          let first = origin + row * sharpness.width
          for place in first..<first + blockSide
          where solidity[place] == 1
            && isSkinColored(pixels[4 * place], pixels[4 * place + 1], pixels[4 * place + 2])
          {
            count += 1
          }
        }
        return Double(count) >= needed
      }
    }
  }

  private func isFace(_ part: Set<Int>, mean: [Float], columns: Int, rows: Int) -> Bool {
    guard part.count >= minimumBlockCount else { return false }
    let xs = part.map { $0 % columns }
    let ys = part.map { $0 / columns }
    guard let left = xs.min(), let right = xs.max(), let top = ys.min(), let bottom = ys.max()
    else { return false }
    let (width, height) = (right - left + 1, bottom - top + 1)
    // Faces fill their box and are not stripes.
    guard width <= 2 * height, height <= 2 * width, 2 * part.count >= width * height else {
      return false
    }
    var around: [Float] = []
    for y in max(0, top - 2)...min(rows - 1, bottom + 2) {
      for x in max(0, left - 2)...min(columns - 1, right + 2) {
        let index = y * columns + x
        if !part.contains(index), mean[index] >= 0 { around.append(mean[index]) }
      }
    }
    guard around.count >= part.count / 2 else { return false }
    let inside = part.reduce(Float(0)) { $0 + mean[$1] } / Float(part.count)
    around.sort()
    return around[around.count / 2] >= max(minimumDetail, minimumRatio * inside)
  }

  /// Touching candidates, each set once.
  private func parts(_ isCandidate: [Bool], columns: Int) -> [Set<Int>] {
    var isSeen = [Bool](repeating: false, count: isCandidate.count)
    var parts: [Set<Int>] = []
    for start in isCandidate.indices where isCandidate[start] && !isSeen[start] {
      var part: Set<Int> = []
      var open = [start]
      isSeen[start] = true
      while let index = open.popLast() {
        part.insert(index)
        var neighbors = [index - columns, index + columns]
        if index % columns > 0 { neighbors.append(index - 1) }
        if index % columns < columns - 1 { neighbors.append(index + 1) }
        for next in neighbors
        where isCandidate.indices.contains(next) && isCandidate[next] && !isSeen[next] {
          isSeen[next] = true
          open.append(next)
        }
      }
      parts.append(part)
    }
    return parts
  }
}

/// Source: Kovac, Peer and Solina, "Human skin colour clustering for face detection", 2003, for daylight.
private func isSkinColored(_ red: UInt8, _ green: UInt8, _ blue: UInt8) -> Bool {
  let (r, g, b) = (Int(red), Int(green), Int(blue))
  return r > 95 && g > 40 && b > 20 && max(r, g, b) - min(r, g, b) > 15 && r - g > 15 && r > b
}
