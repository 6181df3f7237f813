/// The rows of the paper's table for AIM-500, means over pictures blended with solid colours.
///
/// Source: arXiv 2512.15603, table of RGBA reconstruction.
package struct PublishedReconstruction: Sendable {
  package let model: String
  package let base: String
  package let psnr: Double
  package let ssim: Double
  package let fid: Double
  package let lpips: Double

  package static let aim500 = [
    PublishedReconstruction(
      model: "LayerDiffuse", base: "SDXL", psnr: 32.0879, ssim: 0.9436, fid: 17.7023,
      lpips: 0.0418),
    PublishedReconstruction(
      model: "AlphaVAE", base: "SDXL", psnr: 35.7446, ssim: 0.9576, fid: 10.9178, lpips: 0.0495),
    PublishedReconstruction(
      model: "AlphaVAE", base: "FLUX", psnr: 36.9439, ssim: 0.9737, fid: 11.7884, lpips: 0.0283),
    PublishedReconstruction(
      model: "RGBA-VAE", base: "Qwen-Image", psnr: 38.8252, ssim: 0.9802, fid: 5.3132,
      lpips: 0.0123),
  ]
}
