import PerceptualMetrics
import Raster
import Torch

/// The networks that two of the scores need; without one its score is left out.
package struct PerceptualNetworks: @unchecked Sendable {
  let distance: PerceptualDistance?
  let inception: InceptionFeatures?

  package init(distance: PerceptualDistance? = nil, inception: InceptionFeatures? = nil) {
    self.distance = distance
    self.inception = inception
  }

  /// LPIPS of two opaque pictures of one size.
  ///
  /// - Throws: `TorchError`.
  func distance(_ a: RasterImage, _ b: RasterImage) throws -> Double? {
    guard let distance else { return nil }
    return try withoutGradients {
      let (a, b) = (try Self.tensor(of: [a]), try Self.tensor(of: [b]))
      let found = try distance.distance(a / 127.5 - 1, b / 127.5 - 1)
      return try found.values(as: Double.self).first
    }
  }

  /// Inception's features of opaque pictures of one size, `[count, 2048]`.
  ///
  /// - Throws: `TorchError`.
  func features(of pictures: [RasterImage]) throws -> Tensor? {
    guard let inception else { return nil }
    return try withoutGradients { try inception(Self.tensor(of: pictures)) }
  }

  /// Red, green and blue in 0...255, float32, `[count, 3, H, W]`.
  private static func tensor(of pictures: [RasterImage]) throws(TorchError) -> Tensor {
    var tensors: [Tensor] = []
    for picture in pictures {
      let bytes = try Tensor(
        picture.pixels, shape: [1, picture.size.height, picture.size.width, 4])
      tensors.append(
        try bytes.permuted([0, 3, 1, 2]).slice(0..<3, along: 1).converted(to: .float32))
    }
    return try Tensor(concatenating: tensors, along: 0).contiguous()
  }
}
