import Datasets
import DocumentModel
import Raster

/// Numbers that a seed decides.
struct Numbers {
  private var state: UInt64

  init(seed: Int) {
    state = UInt64(truncatingIfNeeded: seed) &* 0x9E37_79B9_7F4A_7C15 | 1
  }

  /// A number in a range.
  mutating func next(_ range: Range<Int>) -> Int {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return range.lowerBound + Int(state >> 33) % range.count
  }

  mutating func byte() -> UInt8 { UInt8(truncatingIfNeeded: next(0..<256)) }
}

/// Layers that tests put together.
enum Stacks {
  /// A rectangle of one colour.
  static func layer(
    _ name: String, x: Int, y: Int, width: Int, height: Int, color: (UInt8, UInt8, UInt8),
    alpha: UInt8 = 255
  ) throws -> ExtractedLayer {
    let image = try RasterImage(
      size: PixelSize(width: width, height: height),
      filledWith: RGBAPixel(red: color.0, green: color.1, blue: color.2, alpha: alpha))
    return try layer(name, image, x: x, y: y)
  }

  static func layer(_ name: String, _ image: RasterImage, x: Int, y: Int) throws -> ExtractedLayer {
    struct NothingShows: Error {}
    guard let pixels = PlacedImage(cropping: image, x: x, y: y) else { throw NothingShows() }
    return ExtractedLayer(name: name, path: name, pixels: pixels)
  }

  /// Rectangles of random places, sizes, colours and alphas over an opaque background.
  static func random(
    _ count: Int, on canvas: PixelSize, seed: Int, largest: Int
  ) throws -> [ExtractedLayer] {
    var numbers = Numbers(seed: seed)
    return try (0..<count).map { index in
      let width = numbers.next(1..<min(largest, canvas.width) + 1)
      let height = numbers.next(1..<min(largest, canvas.height) + 1)
      return try layer(
        "\(index)", x: numbers.next(0..<canvas.width - width + 1),
        y: numbers.next(0..<canvas.height - height + 1), width: width, height: height,
        color: (numbers.byte(), numbers.byte(), numbers.byte()),
        alpha: numbers.next(0..<2) == 0 ? 255 : UInt8(numbers.next(1..<256)))
    }
  }

  /// The layers merged one by one with Pillow's arithmetic.
  static func composite(_ layers: [ExtractedLayer], on canvas: PixelSize) throws -> RasterImage {
    try LayerStack(canvas: canvas, layers: layers.map { try $0.pixels.onCanvas(canvas) })
      .composite()
  }

  /// The largest difference of any channel, colours premultiplied.
  static func difference(_ one: RasterImage, _ two: RasterImage) throws -> Int {
    try Recomposition(of: one, from: two).maximumError
  }
}
