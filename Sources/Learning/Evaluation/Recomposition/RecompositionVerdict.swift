import Glibc
import Raster

/// Whether layers give a picture back, and what is odd about each of them.
///
/// Thresholds: the layers give the picture back well from 35 dB on and acceptably from 28 dB on; a layer is empty where
/// under 0.1 % of its pixels have alpha above 8; two layers are duplicates where no shown pixel differs by more than 8 of
/// 255; a layer copies the picture where over 95 % of its pixels are opaque and differ from it by at most 8; colour under
/// transparent pixels counts where it is not black; a fringe is alpha in 1...254.
package struct RecompositionVerdict: Hashable, Sendable, Encodable {
  /// What is seen of one layer.
  package struct Layer: Hashable, Sendable, Encodable {
    /// The share of pixels with alpha above 8.
    package let coverage: Double
    /// The share of pixels with alpha in 1...254.
    package let fringe: Double
    /// The share of pixels of alpha 0 that have a colour other than black.
    package let hiddenColor: Double
    /// Whether next to nothing shows.
    package let isEmpty: Bool
    /// An earlier layer that shows the same.
    package let duplicateOf: Int?
    /// Whether it is the whole picture again.
    package let copiesPicture: Bool
  }

  /// In dB over all channels of colour; nil where the picture is given back exactly.
  package let psnr: Double?
  /// The largest difference of a channel, 0...255.
  package let maximumError: Int
  /// The difference that 99.9 % of the pixels stay at or under, of a pixel's worst channel.
  package let error999: Int
  package let layers: [Layer]
  /// In words.
  package let verdict: String

  /// Of every pixel the largest difference of its channels, row by row.
  package let errors: [UInt8]

  private enum CodingKeys: CodingKey {
    case psnr, maximumError, error999, layers, verdict
  }

  private static let near = 8

  /// Judges layers.
  ///
  /// - Parameters:
  ///   - stack: Back to front.
  ///   - picture: Of the size of the canvas; its alpha is not read.
  /// - Throws: `RasterError` where the sizes differ.
  package init(of stack: LayerStack, from picture: RasterImage) throws {
    let picture = picture.withOpaqueAlpha()
    let recomposition = try stack.recomposition(of: picture)
    psnr = recomposition.psnr.isFinite ? recomposition.psnr : nil
    maximumError = recomposition.maximumError
    let composite = stack.composite()
    errors = Self.differences(composite, picture)
    var counts = [Int](repeating: 0, count: 256)
    for error in errors { counts[Int(error)] += 1 }
    var rest = errors.count / 1000
    var percentile = 255
    while percentile > 0, counts[percentile] <= rest {
      rest -= counts[percentile]
      percentile -= 1
    }
    error999 = percentile
    var found: [Layer] = []
    for (index, layer) in stack.layers.enumerated() {
      found.append(
        Self.judge(layer, among: stack.layers[..<index], picture: picture))
    }
    layers = found
    verdict = Self.words(psnr: psnr, layers: found)
  }

  /// A picture of where the layers miss, black where they do not and white at 64 of 255 and above.
  package func heatMap(size: PixelSize) throws(RasterError) -> RasterImage {
    try RasterImage(
      size: size,
      pixels: errors.flatMap { error -> [UInt8] in
        let heat = min(Int(error) * 4, 255)
        return [
          UInt8(min(255, heat * 3)), UInt8(max(0, min(255, heat * 3 - 255))),
          UInt8(max(0, min(255, heat * 3 - 510))), 255,
        ]
      })
  }

  private static func differences(_ a: RasterImage, _ b: RasterImage) -> [UInt8] {
    (0..<a.pixels.count / 4).map { pixel in
      (0..<3).map { channel -> UInt8 in
        let (x, y) = (a.pixels[4 * pixel + channel], b.pixels[4 * pixel + channel])
        return max(x, y) - min(x, y)
      }.max() ?? 0
    }
  }

  private static func judge(
    _ layer: RasterImage, among earlier: ArraySlice<RasterImage>, picture: RasterImage
  ) -> Layer {
    let count = layer.pixels.count / 4
    var (covered, fringe, clear, hidden, copied) = (0, 0, 0, 0, 0)
    for pixel in 0..<count {
      let first = 4 * pixel
      let alpha = layer.pixels[first + 3]
      if alpha > near { covered += 1 }
      if alpha > 0, alpha < 255 { fringe += 1 }
      if alpha == 0 {
        clear += 1
        if layer.pixels[first..<first + 3].contains(where: { $0 != 0 }) { hidden += 1 }
      }
      if alpha == 255, distance(layer, picture, at: first, channels: 3) <= near { copied += 1 }
    }
    let share = { (part: Int, whole: Int) in whole == 0 ? 0 : Double(part) / Double(whole) }
    let coverage = share(covered, count)
    let isEmpty = coverage < 0.001
    let duplicate =
      isEmpty ? nil : earlier.indices.first { showsTheSame(layer, earlier[$0]) }
    return Layer(
      coverage: coverage, fringe: share(fringe, count), hiddenColor: share(hidden, clear),
      isEmpty: isEmpty, duplicateOf: duplicate, copiesPicture: share(copied, count) > 0.95)
  }

  private static func showsTheSame(_ a: RasterImage, _ b: RasterImage) -> Bool {
    stride(from: 0, to: min(a.pixels.count, b.pixels.count), by: 4).allSatisfy { first in
      let (x, y) = (a.pixels[first + 3], b.pixels[first + 3])
      if x <= near, y <= near { return true }
      return distance(a, b, at: first, channels: 4) <= near
    }
  }

  private static func distance(
    _ a: RasterImage, _ b: RasterImage, at first: Int, channels: Int
  ) -> Int {
    (first..<first + channels).map { abs(Int(a.pixels[$0]) - Int(b.pixels[$0])) }.max() ?? 0
  }

  private static func words(psnr: Double?, layers: [Layer]) -> String {
    var parts: [String] = []
    switch psnr {
    case nil: parts.append("the layers give the picture back exactly")
    case let psnr? where psnr >= 35: parts.append("the layers give the picture back well")
    case let psnr? where psnr >= 28: parts.append("the layers give the picture back acceptably")
    default: parts.append("the layers do not give the picture back")
    }
    func list(_ what: String, _ isMeant: (Layer) -> Bool) {
      let places = layers.indices.filter { isMeant(layers[$0]) }
      guard !places.isEmpty else { return }
      let names = places.map(String.init).joined(separator: ", ")
      parts.append("layer\(places.count == 1 ? "" : "s") \(names) \(what)")
    }
    list("empty", \.isEmpty)
    list("the same as another") { $0.duplicateOf != nil }
    // One layer that is the whole picture is what a picture of one layer is.
    if layers.count > 1 { list("the whole picture again", \.copiesPicture) }
    list("coloured where transparent") { $0.hiddenColor > 0.01 }
    return parts.joined(separator: "; ")
  }
}
