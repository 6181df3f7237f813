import Autoencoder
import Torch
import TorchTesting
import Weights

/// A golden fixture and the autoencoder with which the reference made it: seeded weights, seeded inputs.
struct ReferenceVAE {
  let vae: QwenImageVAE
  let golden: Golden
  let dtype: DType

  init(_ fixture: String, dtype: DType = .float32, testFile: String = #filePath) throws {
    self.dtype = dtype
    golden = try Golden(fixture, beside: testFile)
    vae = try QwenImageVAE(
      fixtureConfiguration(fixture, testFile: testFile),
      weights: WeightStore(SeededWeights(), dtype: dtype).root)
  }

  /// The picture of that size which the reference encoded, shape `[B, A, H, W]`.
  func image(_ height: Int, _ width: Int, batch: Int = 1) throws -> Tensor {
    let shape = [batch, vae.configuration.imageChannelCount, height, width]
    return try input("image \(height)x\(width)", shape: shape).clamped(to: -1...1)
  }

  /// The latents of that size which the reference decoded, shape `[B, Z, h, w]`.
  func latents(_ height: Int, _ width: Int, batch: Int = 1) throws -> Tensor {
    let shape = [batch, vae.configuration.latentChannelCount, height, width]
    return try input("latents \(height)x\(width)", shape: shape)
  }

  private func input(_ name: String, shape: [Int]) throws -> Tensor {
    try seededInput(name, shape, dtype: dtype)
  }
}

/// The configuration beside a fixture.
func fixtureConfiguration(
  _ fixture: String, testFile: String = #filePath
) throws -> QwenImageVAE.Configuration {
  let folder = testFile.prefix(upTo: testFile.lastIndex(of: "/") ?? testFile.startIndex)
  return try QwenImageVAE.Configuration(path: "\(folder)/Fixtures/\(fixture).json")
}
