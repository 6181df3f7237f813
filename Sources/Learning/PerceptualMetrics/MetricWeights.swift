import Torch
import Weights

/// The folder with the pretrained weights of the perceptual metrics, which `Tools/metrics.sh` makes.
package struct MetricWeights: Hashable, Sendable {
  package let folder: String

  /// Names the folder; whether its files are there is seen when they are opened.
  package init(folder: String) { self.folder = folder }

  /// Opens LPIPS.
  ///
  /// - Parameters:
  ///   - trunk: Of `lpips-alex.safetensors` or `lpips-vgg.safetensors`.
  ///   - device: Where it computes.
  /// - Returns: The distance, in float32.
  /// - Throws: `SafetensorsError` where the file is missing or malformed, ``WeightError`` where it holds other tensors,
  ///   ``TorchError``.
  package func perceptualDistance(
    _ trunk: PerceptualDistance.Trunk, on device: Device = .cpu
  ) throws -> PerceptualDistance {
    try open("lpips-\(trunk.rawValue)", on: device) { try PerceptualDistance(trunk, weights: $0) }
  }

  /// Opens Inception.
  ///
  /// - Parameter device: Where it computes.
  /// - Returns: The network of `inception.safetensors`, in float32.
  /// - Throws: What ``perceptualDistance(_:on:)`` throws.
  package func inceptionFeatures(on device: Device = .cpu) throws -> InceptionFeatures {
    try open("inception", on: device) { try InceptionFeatures(weights: $0) }
  }

  private func open<Network>(
    _ name: String, on device: Device, making network: (WeightScope) throws -> Network
  ) throws -> Network {
    let source = try CheckpointWeights(path: "\(folder)/\(name).safetensors")
    let store = WeightStore(source, dtype: .float32, device: device)
    let made = try network(store.root)
    let extra = try store.finish()
    guard extra.isEmpty else {
      throw WeightError(source: source.name, problems: extra.map { .extra(key: $0) })
    }
    return made
  }
}
