import Torch

/// A tensor that training changes: what the network computes with, and the float32 numbers behind it.
///
/// Where the network computes in float32 both are one tensor. Otherwise updates far smaller than the
/// network's numbers can tell apart add up in ``master``, of which ``computed`` is the rounded copy.
package struct TrainedParameter {
  /// The parameter's key in the checkpoint.
  package let key: String

  /// What the network computes with and gradients are taken of.
  package let computed: Tensor

  /// The float32 numbers that the optimizer changes.
  package let master: Tensor

  /// Whether weight decay shrinks it; by custom not for norms and biases, which have one axis.
  package let decays: Bool

  /// Makes a parameter of a tensor that a network holds, which must be writable memory.
  ///
  /// - Throws: ``TorchError``.
  package init(_ key: String, _ computed: Tensor) throws(TorchError) {
    self.key = key
    self.computed = computed
    master = try computed.converted(to: .float32)
    decays = computed.rank > 1
  }
}

extension [TrainedParameter] {
  /// Rounds the optimizer's numbers to those that the network computes with.
  package func publish() throws(TorchError) {
    let rounded = filter { !$0.master.sharesMemory(with: $0.computed) }
    try withoutGradients { () throws(TorchError) in
      try rounded.map(\.computed).overwrite(with: rounded.map(\.master))
    }
  }
}
