import Torch

/// One tensor that a model asked for.
package struct Parameter {
  /// What became of the tensor that the source holds.
  package enum Use {
    /// A layer computes with all of it.
    case whole(Tensor)
    /// A layer computes with one position of an axis of the stored tensor.
    case position(Tensor, Int, along: Int, of: Tensor)
    /// No layer computes with it.
    case kept(Tensor)
  }

  package let key: String
  /// The shape under which it is stored.
  package let shape: [Int]
  package let use: Use

  /// What the layer computes with and training changes, in the store's data type on its device; nil where there is none.
  package var tensor: Tensor? {
    switch use {
    case .whole(let tensor), .position(let tensor, _, along: _, of: _): tensor
    case .kept: nil
    }
  }

  /// The tensor under its key and shape, as a checkpoint is to hold it: what the layer computes with in its place
  /// among what was stored.
  ///
  /// - Parameter value: Stands for what the layer computes with, as a running mean of it; of its shape.
  /// - Returns: Memory of its own where the layer computes with a part.
  /// - Throws: ``TorchError``.
  package func assembled(with value: Tensor? = nil) throws(TorchError) -> Tensor {
    switch use {
    case .whole(let tensor): return try (value ?? tensor).converted(to: tensor.dtype)
    case .kept(let stored): return stored
    case .position(let tensor, let position, along: let axis, of: let stored):
      let whole = try stored.converted(to: tensor.dtype).copied()
      try whole.select(position, along: axis).overwrite(with: value ?? tensor)
      return whole
    }
  }
}
