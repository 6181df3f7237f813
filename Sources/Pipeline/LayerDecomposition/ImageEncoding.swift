import Autoencoder
import Diffusion
import Raster
import Torch

/// The stage that turns pictures into the clean latents that condition every step.
package struct ImageEncoding {
  private let autoencoder: QwenImageVAE

  package init(_ autoencoder: QwenImageVAE) { self.autoencoder = autoencoder }

  /// - Parameter pictures: Opaque, of one working size.
  /// - Returns: Packed latents, shape `[B, S, 64]`, B the number of pictures.
  /// - Throws: ``TorchError``, such as `.outOfMemory`.
  package func callAsFunction(_ pictures: [RasterImage]) throws -> Tensor {
    var latents: [Tensor] = []
    for picture in pictures {
      let image = try Self.tensor(of: picture)
        .moved(to: autoencoder.device).converted(to: autoencoder.dtype)
      let mean = try autoencoder.encode(image).mean
      latents.append(try autoencoder.statistics.normalize(mean))
    }
    // One frame each: [B, C, h, w] becomes [B, 1, C, h, w].
    let frames = try Tensor(concatenating: latents, along: 0).contiguous().addingAxis(at: 1)
    return try LatentPacking.packed(frames)
  }

  /// A picture as the autoencoder takes it: shape `[1, 4, H, W]`, red, green, blue and alpha in -1...1, float32.
  package static func tensor(of picture: RasterImage) throws -> Tensor {
    let shape = [1, picture.size.height, picture.size.width, 4]
    let bytes = try Tensor(picture.pixels, shape: shape).permuted([0, 3, 1, 2])
    return try bytes.converted(to: .float32) / 255 * 2 - 1
  }
}
