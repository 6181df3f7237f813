import Autoencoder
import Diffusion
import Raster
import Torch

/// The stage that turns latents into pictures: of every frame but the first, which is the composite.
package struct LayerDecoding {
  private let autoencoder: QwenImageVAE
  private let grid: TokenGrid

  package init(_ autoencoder: QwenImageVAE, grid: TokenGrid) {
    self.autoencoder = autoencoder
    self.grid = grid
  }

  /// - Parameters:
  ///   - latents: Packed, shape `[B, S_target, 64]`, the composite's frame first in each sample; a sample of one frame is a
  ///     picture without layers, which is then its only layer.
  ///   - report: Told of every layer decoded, from 1, of all samples together.
  /// - Returns: For each sample its layers from the bottom up.
  /// - Throws: `CancellationError` between layers, ``TorchError``, `RasterError`.
  package func callAsFunction(
    _ latents: Tensor, report: (_ layer: Int, _ count: Int) -> Void
  ) throws -> [LayerStack] {
    let frames = try LatentPacking.unpacked(latents, grid: grid).converted(to: autoencoder.dtype)
    let canvas = PixelSize(width: grid.columns * 16, height: grid.rows * 16)
    let (sampleCount, frameCount) = (frames.shape[0], frames.shape[1])
    let firstLayer = frameCount > 1 ? 1 : 0
    let layerCount = frameCount - firstLayer
    var stacks: [LayerStack] = []
    for sample in 0..<sampleCount {
      var layers: [RasterImage] = []
      // One layer at a time: the same numbers as all at once, in a fraction of the memory.
      for frame in firstLayer..<frameCount {
        try Task.checkCancellation()
        let one = try frames.select(sample, along: 0).slice(frame..<frame + 1, along: 0)
        let image = try decoded(autoencoder.statistics.denormalize(one))
        layers.append(try Self.picture(of: image, size: canvas))
        report(sample * layerCount + frame - firstLayer + 1, sampleCount * layerCount)
      }
      stacks.append(try LayerStack(canvas: canvas, layers: layers))
    }
    return stacks
  }

  /// Decoded whole, or in tiles where there is not the memory for it.
  private func decoded(_ latents: Tensor) throws(TorchError) -> Tensor {
    do throws(TorchError) {
      return try autoencoder.decode(latents)
    } catch .outOfMemory {
      return try autoencoder.decode(latents, tiling: Tiling())
    }
  }

  /// Rounds a picture in -1...1, shape `[1, 4, H, W]`, to bytes: halves to even, as the reference does.
  package static func picture(of image: Tensor, size: PixelSize) throws -> RasterImage {
    let unit = try (image * 0.5 + 0.5).clamped(to: 0...1).converted(to: .float32)
    let bytes = try (unit * 255).rounded().converted(to: .uint8).permuted([0, 2, 3, 1])
    return try RasterImage(size: size, pixels: bytes.values(as: UInt8.self))
  }
}
