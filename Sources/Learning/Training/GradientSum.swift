import Torch

/// The gradients of a step, added over its batches in float32.
struct GradientSum {
  private(set) var gradients: [Tensor?]

  init(count: Int) { gradients = Array(repeating: nil, count: count) }

  /// Adds the gradient of one parameter.
  mutating func add(_ gradient: Tensor, at index: Int) throws(TorchError) {
    let wide = try gradient.detached().converted(to: .float32)
    guard var sum = gradients[index] else {
      gradients[index] = wide
      return
    }
    try withoutGradients { () throws(TorchError) in try sum += wide }
    gradients[index] = sum
  }
}
