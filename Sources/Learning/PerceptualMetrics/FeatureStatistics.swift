import Torch

// Shapes: B batch, F features, R rows, at most F + 1.

/// Mean and covariance of the features of a set of pictures, gathered batch by batch.
///
/// Kept is a matrix of rows `[1, features]`, replaced by its triangular factor when it is twice as long as wide. Below its
/// first row that factor is one of the centred features: its transpose times itself is the covariance, times the count
/// less one. So nothing is lost to cancellation, and few pictures take little memory.
package struct FeatureStatistics {
  /// How many vectors were added.
  package private(set) var count = 0
  private let width: Int
  private var rows: [Tensor] = []
  private var rowCount = 0

  /// Statistics of an empty set.
  ///
  /// - Parameter width: F, the length of a vector, at least 1.
  package init(width: Int = InceptionFeatures.width) {
    self.width = width
  }

  /// Adds the vectors of a batch.
  ///
  /// - Parameter features: Shape `[B, F]`, of any type and device.
  /// - Throws: ``TorchError``.
  package mutating func add(_ features: Tensor) throws(TorchError) {
    let wide = try features.moved(to: .cpu).converted(to: .float64)
    let (B, F) = try wide.dimensions()
    guard F == width else {
      throw .unexpectedShape(what: "features", expected: [-1, width], found: wide.shape)
    }
    guard B > 0 else { return }
    rows.append(
      try Tensor(concatenating: [Tensor.ones([B, 1], dtype: .float64), wide], along: 1))
    count += B
    rowCount += B
    guard rowCount >= 2 * (width + 1) else { return }
    let factor = try Tensor(concatenating: rows, along: 0).triangularFactor()
    rows = [factor]
    rowCount = factor.shape[0]
  }

  /// The mean `[F]`, and a factor of the centred features `[R, F]`; of one vector at least.
  private func summary() throws(TorchError) -> (mean: Tensor, factor: Tensor) {
    let factor = try Tensor(concatenating: rows, along: 0).triangularFactor()
    let first = try factor.select(0, along: 0)
    let mean = try first.slice(1..<width + 1, along: 0) / first.select(0, along: 0)
    let rest = try factor.slice(1..<factor.shape[0], along: 0)
    return (mean, try rest.slice(1..<width + 1, along: 1))
  }

  /// How far two sets lie apart: FID, where the features are Inception's.
  ///
  /// The squared distance of the means plus the trace of `A + B - 2 √(A B)` of the sample covariances. With factors of
  /// the covariances, the trace of the root is the sum of the singular values of one times the transpose of the other.
  /// Source: Heusel et al., "GANs Trained by a Two Time-Scale Update Rule …", and pytorch-fid.
  ///
  /// - Parameter other: Of vectors of the same length.
  /// - Returns: 0 for equal sets, but for rounding; nil where a set has fewer than two vectors.
  /// - Throws: ``TorchError``.
  package func frechetDistance(to other: FeatureStatistics) throws(TorchError) -> Double? {
    guard count > 1, other.count > 1 else { return nil }
    let (a, b) = (try summary(), try other.summary())
    let (degreesA, degreesB) = (Double(count - 1), Double(other.count - 1))
    let offset = try a.mean - b.mean
    let spread = try (a.factor * a.factor).sum() / degreesA + (b.factor * b.factor).sum() / degreesB
    let shared = try a.factor.matrixMultiplied(by: b.factor.swappingAxes(0, 1)).singularValues()
    let overlap = try shared.sum() / (degreesA.squareRoot() * degreesB.squareRoot())
    return try ((offset * offset).sum() + spread - overlap * 2).values(as: Double.self).first
  }
}
