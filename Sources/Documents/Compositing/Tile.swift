import DocumentModel
import Raster

/// A rectangle of the canvas while it is being merged: straight colours and alpha as floats, 0...1.
struct Tile {
  let rectangle: PixelRectangle
  private var pixels: [Lanes]

  /// The pixel at a column and a row of the canvas, which must lie in the tile.
  private subscript(x: Int, y: Int) -> Lanes {
    get { pixels[(y - rectangle.y) * rectangle.width + x - rectangle.x] }
    set { pixels[(y - rectangle.y) * rectangle.width + x - rectangle.x] = newValue }
  }

  /// A transparent tile.
  init(_ rectangle: PixelRectangle) {
    self.rectangle = rectangle
    pixels = [Lanes](repeating: .zero, count: rectangle.width * rectangle.height)
  }

  /// Draws nodes from the back to the front.
  mutating func draw(_ nodes: [CompositingNode]) {
    for node in nodes { draw(node, coverage: .over) }
  }

  private mutating func draw(_ node: CompositingNode, coverage: CoverageRule) {
    guard let area = node.bounds?.intersection(rectangle) else { return }
    switch node.content {
    case .pixels(let image, let origin) where node.clipped.isEmpty:
      blend(
        area, with: node, mode: node.mode, coverage: coverage,
        reading: image.rows(at: origin))
    case .members(let members) where node.isPassThrough && coverage == .over:
      drawPassingThrough(members, of: node, in: area)
    case .color(let color) where node.clipped.isEmpty:
      blend(area, with: node, mode: node.mode, coverage: coverage, reading: color.rows())
    case .adjustment(let adjustment): adjust(area, by: adjustment, of: node)
    default:
      let merged = Tile(merging: node, in: area)
      blend(
        area, with: node, mode: node.mode, coverage: coverage, reading: merged.rows())
    }
  }

  /// What a node shows by itself, before its masks, its opacity and its blend mode, with all that is
  /// clipped to it.
  private init(merging node: CompositingNode, in area: PixelRectangle) {
    self.init(area)
    switch node.content {
    case .members(let members):
      draw(members)
    case .pixels(let image, let origin):
      blend(
        area, with: nil, mode: .normal, coverage: .over, reading: image.rows(at: origin))
    case .color(let color):
      blend(area, with: nil, mode: .normal, coverage: .over, reading: color.rows())
    case .adjustment: break
    }
    for clipped in node.clipped { draw(clipped, coverage: .atop) }
  }

  /// Changes the colours that are here, with all that is clipped to the adjustment drawn onto the changed ones.
  private mutating func adjust(
    _ area: PixelRectangle, by adjustment: Adjustment, of node: CompositingNode
  ) {
    var adjusted = Tile(area)
    adjusted.pixels.withUnsafeMutableBufferPointer { changed in
      let read = rows()
      for row in 0..<area.height {
        let first = row * area.width
        read(
          UnsafeMutableBufferPointer(rebasing: changed[first..<first + area.width]), area.x,
          area.y + row)
      }
      for index in changed.indices { changed[index].w = 1 }
      adjustment.apply(to: changed)
    }
    for clipped in node.clipped { adjusted.draw(clipped, coverage: .atop) }
    blend(area, with: node, mode: node.mode, coverage: .atop, reading: adjusted.rows())
  }

  /// Draws the members of a group onto what is here, over them what is clipped to the group, then takes back what its
  /// masks and its opacity hide.
  private mutating func drawPassingThrough(
    _ members: [CompositingNode], of group: CompositingNode, in area: PixelRectangle
  ) {
    var after = self
    after.draw(members)
    if !group.clipped.isEmpty {
      var shape = Tile(area)
      shape.draw(members)
      after.draw(group.clipped, clippedTo: shape, over: self)
    }
    guard group.opacity < 1 || !group.masks.isEmpty else {
      self = after
      return
    }
    var shares = [Float](repeating: 0, count: area.width)
    let width = rectangle.width
    shares.withUnsafeMutableBufferPointer { shares in
      pixels.withUnsafeMutableBufferPointer { before in
        after.pixels.withUnsafeBufferPointer { after in
          for y in area.y..<area.y + area.height {
            shares.update(repeating: group.opacity)
            for mask in group.masks { mask.scale(shares, x: area.x, y: y) }
            let first = (y - rectangle.y) * width + area.x - rectangle.x
            for index in 0..<area.width {
              before[first + index] = mixed(
                before[first + index], after[first + index], share: shares[index])
            }
          }
        }
      }
    }
  }

  /// Draws nodes that are clipped to a group which this tile has drawn already.
  ///
  /// What was drawn is `(1 - as) ab Cb + as Cg`, with the alpha `as` of the group by itself and the colour `Cg` that it
  /// has over what was here before. The nodes are drawn atop `Cg`, which then takes its place again. Alpha stays.
  ///
  /// `shape` is the group by itself, `before` this tile without it.
  private mutating func draw(
    _ nodes: [CompositingNode], clippedTo shape: Tile, over before: Tile
  ) {
    let area = shape.rectangle
    /// What lies below the group and shows through it, its colour times its alpha.
    func below(_ x: Int, _ y: Int) -> Lanes {
      let pixel = before[x, y]
      return pixel * (pixel.w * (1 - shape[x, y].w))
    }
    var group = shape
    for y in area.y..<area.y + area.height {
      for x in area.x..<area.x + area.width {
        let share = shape[x, y].w
        guard share > 0 else { continue }
        let here = self[x, y]
        var color = ((here * here.w - below(x, y)) / share).clamped(
          lowerBound: .zero, upperBound: Lanes(repeating: 1))
        color.w = share
        group[x, y] = color
      }
    }
    for node in nodes { group.draw(node, coverage: .atop) }
    for y in area.y..<area.y + area.height {
      for x in area.x..<area.x + area.width {
        let (share, here) = (shape[x, y].w, self[x, y].w)
        guard share > 0, here > 0 else { continue }
        var color = (group[x, y] * share + below(x, y)) / here
        color.w = here
        self[x, y] = color
      }
    }
  }

  /// Blends the pixels of an area row by row.
  ///
  /// Masks and opacity are those of `node`, if any. `read` fills a row with the pixels from column `x` of
  /// row `y` on.
  private mutating func blend(
    _ area: PixelRectangle, with node: CompositingNode?, mode: BlendMode, coverage: CoverageRule,
    reading read: (_ row: UnsafeMutableBufferPointer<Lanes>, _ x: Int, _ y: Int) -> Void
  ) {
    var source = [Lanes](repeating: .zero, count: area.width)
    var shares = [Float](repeating: 0, count: area.width)
    let hasShares = node.map { $0.opacity < 1 || !$0.masks.isEmpty } ?? false
    let corner = (x: area.x - rectangle.x, y: area.y - rectangle.y)
    let width = rectangle.width
    source.withUnsafeMutableBufferPointer { source in
      shares.withUnsafeMutableBufferPointer { shares in
        pixels.withUnsafeMutableBufferPointer { pixels in
          for row in 0..<area.height {
            let y = area.y + row
            read(source, area.x, y)
            if hasShares, let node {
              shares.update(repeating: node.opacity)
              for mask in node.masks { mask.scale(shares, x: area.x, y: y) }
              for index in 0..<area.width { source[index].w *= shares[index] }
            }
            let first = (corner.y + row) * width + corner.x
            blendRow(
              UnsafeBufferPointer(source),
              onto: UnsafeMutableBufferPointer(rebasing: pixels[first..<first + area.width]),
              mode: mode, coverage: coverage, origin: (x: area.x, y: y))
          }
        }
      }
    }
  }

  /// Reads rows of this tile; they must lie in it.
  private func rows() -> (UnsafeMutableBufferPointer<Lanes>, Int, Int) -> Void {
    { row, x, y in
      pixels.withUnsafeBufferPointer { pixels in
        let first = (y - rectangle.y) * rectangle.width + x - rectangle.x
        for index in 0..<row.count { row[index] = pixels[first + index] }
      }
    }
  }

  /// Rounds every channel to the nearest byte, halves up, and writes the tile into a clear image.
  ///
  /// `bytes` are the rows of the image, `width` pixels of four bytes each; `corner` is the column and the
  /// row of its top left pixel on the canvas.
  func store(
    in bytes: UnsafeMutableBufferPointer<UInt8>, width: Int, corner: (x: Int, y: Int)
  ) {
    pixels.withUnsafeBytes { pixels in
      let numbers = pixels.bindMemory(to: Float.self)
      for row in 0..<rectangle.height {
        let first = ((rectangle.y - corner.y + row) * width + rectangle.x - corner.x) * 4
        let length = rectangle.width * 4
        storeRow(
          UnsafeBufferPointer(rebasing: numbers[row * length..<(row + 1) * length]),
          in: UnsafeMutableBufferPointer(rebasing: bytes[first..<first + length]))
      }
    }
  }
}

/// Rounds a row of channels of 0...1 to 0...255, halves up.
///
/// Whatever lies outside becomes the nearer end, and NaN 0. Pixels whose alpha rounds to 0 become black.
/// Two loops without a branch, which the compiler turns into vector instructions.
private func storeRow(
  _ numbers: UnsafeBufferPointer<Float>, in bytes: UnsafeMutableBufferPointer<UInt8>
) {
  for index in 0..<min(numbers.count, bytes.count) {
    var scaled = numbers[index] * 255 + 0.5
    scaled = scaled >= 0 ? scaled : 0
    scaled = scaled <= 255 ? scaled : 255
    // Added to 2²³ a number has its nearest integer in its last bits; where that lies above, the integer below is meant.
    let shifted = scaled + 0x1p23
    let isAbove: UInt32 = shifted - 0x1p23 > scaled ? 1 : 0
    bytes[index] = UInt8(truncatingIfNeeded: shifted.bitPattern &- isAbove)
  }
  UnsafeMutableRawBufferPointer(bytes).withMemoryRebound(to: UInt32.self) { pixels in
    for index in pixels.indices {
      let pixel = UInt32(littleEndian: pixels[index])
      pixels[index] = (pixel >> 24 == 0 ? 0 : pixel).littleEndian
    }
  }
}

/// `before` and `after` averaged with their colours weighed by alpha.
@inline(__always)
private func mixed(_ before: Lanes, _ after: Lanes, share: Float) -> Lanes {
  let old = before.w * (1 - share)
  let new = after.w * share
  let alpha = old + new
  guard alpha > 0 else { return .zero }
  var result = (old * before + new * after) / alpha
  result.w = alpha
  return result
}

extension RasterImage {
  /// Reads rows of this image as it lies on the canvas at `origin`; they must lie in it.
  fileprivate func rows(
    at origin: PixelPoint
  ) -> (UnsafeMutableBufferPointer<Lanes>, Int, Int) -> Void {
    { row, x, y in
      pixels.withUnsafeBytes { bytes in
        let first = ((y - Int(origin.y)) * size.width + x - Int(origin.x)) * 4
        for index in 0..<row.count {
          let pixel = bytes.loadUnaligned(
            fromByteOffset: first + index * 4, as: SIMD4<UInt8>.self)
          // A division, so that a value and its complement sum to exactly 1.
          row[index] = Lanes(pixel) / 255
        }
      }
    }
  }
}

extension RGBAPixel {
  /// Reads rows of nothing but this colour.
  fileprivate func rows() -> (UnsafeMutableBufferPointer<Lanes>, Int, Int) -> Void {
    let color = Lanes(Float(red), Float(green), Float(blue), Float(alpha)) / 255
    return { row, _, _ in row.update(repeating: color) }
  }
}

extension LayerMask {
  /// Multiplies shares by the mask, from column `x` of row `y` on.
  fileprivate func scale(_ shares: UnsafeMutableBufferPointer<Float>, x: Int, y: Int) {
    let strength = Float(density.fraction)
    let outside = 1 - strength * (1 - Float(defaultValue) / 255)
    let row = PixelRectangle(x: x, y: y, width: shares.count, height: 1)
    guard let pixels, let frame, let inside = frame.intersection(row) else {
      for index in 0..<shares.count { shares[index] *= outside }
      return
    }
    let first = inside.x - x
    let last = first + inside.width
    for index in 0..<first { shares[index] *= outside }
    pixels.pixels.withUnsafeBufferPointer { bytes in
      let start = (y - frame.y) * frame.width + inside.x - frame.x
      for index in 0..<inside.width {
        shares[first + index] *= 1 - strength * (1 - Float(bytes[start + index]) / 255)
      }
    }
    for index in last..<shares.count { shares[index] *= outside }
  }
}
