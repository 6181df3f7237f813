import Glibc
import Raster

extension PixelSize {
  /// The size in which models see a picture of this shape: about `side` squared pixels, sides multiples of 32.
  ///
  /// Source: diffusers `calculate_dimensions` of the Qwen-Image pipelines; halves round to even.
  package func bucket(ofSide side: Int) -> PixelSize {
    let ratio = Double(width) / Double(height)
    let wanted = (Double(side * side) * ratio).squareRoot()
    func snapped(_ length: Double) -> Int {
      max(32, Int((length / 32).rounded(.toNearestOrEven)) * 32)
    }
    return PixelSize(width: snapped(wanted), height: snapped(wanted / ratio))
  }
}

extension [ExtractedLayer] {
  /// The layers at another size of the canvas, colours under soft alpha weighted by it.
  func resized(from canvas: PixelSize, to size: PixelSize) throws(RasterError) -> [ExtractedLayer] {
    guard canvas != size else { return self }
    var result: [ExtractedLayer] = []
    for var layer in self {
      // On the whole canvas, so that every layer meets the same grid.
      let image = try layer.pixels.onCanvas(canvas).resized(to: size, using: .lanczos)
      guard let pixels = PlacedImage(cropping: image, x: 0, y: 0) else { continue }
      layer.pixels = pixels
      result.append(layer)
    }
    return result
  }
}
