import Autoencoder
import Raster
import Torch

/// A picture encoded to the middle of its latents' distribution and decoded again: what the autoencoder alone can keep.
package struct PictureReconstruction {
  private let autoencoder: QwenImageVAE

  package init(_ autoencoder: QwenImageVAE) { self.autoencoder = autoencoder }

  /// - Parameter picture: Its sides are multiples of the autoencoder's compression.
  /// - Returns: A picture of the same size.
  /// - Throws: ``TorchError``, also where a side is no such multiple.
  package func callAsFunction(_ picture: RasterImage) throws -> RasterImage {
    let made = try withoutGradients {
      let image = try ImageEncoding.tensor(of: picture).moved(to: autoencoder.device)
        .converted(to: autoencoder.dtype)
      return try autoencoder.decode(autoencoder.encode(image).mean)
    }
    return try LayerDecoding.picture(of: made, size: picture.size)
  }
}
