import Torch

/// Parameters of one owner and type that travel together.
struct Parcel {
  let owner: Int
  let dtype: DType
  private(set) var indices: [Int] = []
  private var lengths: [Int] = []
  private var byteCount = 0

  private init(owner: Int, dtype: DType) {
    self.owner = owner
    self.dtype = dtype
  }

  /// All parameters in parcels, those of the owners by turns, so that all of them send all the time.
  static func all(
    of tensors: [Tensor], plan: ShardPlan, rankCount: Int, byteLimit: Int
  ) -> [Parcel] {
    let queues = (0..<rankCount).map { owner in
      parcels(of: tensors, indices: plan.indices(of: owner), owner: owner, byteLimit: byteLimit)
    }
    let longest = queues.map(\.count).max() ?? 0
    return (0..<longest).flatMap { turn in
      queues.compactMap { $0.indices.contains(turn) ? $0[turn] : nil }
    }
  }

  private static func parcels(
    of tensors: [Tensor], indices: [Int], owner: Int, byteLimit: Int
  ) -> [Parcel] {
    var parcels: [Parcel] = []
    for index in indices {
      let tensor = tensors[index]
      let (dtype, length) = (tensor.dtype, tensor.elementCount)
      let byteCount = length * dtype.byteCount
      if let last = parcels.last, last.dtype == dtype, last.byteCount + byteCount <= byteLimit {
        parcels[parcels.count - 1].append(index, length, byteCount)
      } else {
        var parcel = Parcel(owner: owner, dtype: dtype)
        parcel.append(index, length, byteCount)
        parcels.append(parcel)
      }
    }
    return parcels
  }

  private mutating func append(_ index: Int, _ length: Int, _ byteCount: Int) {
    indices.append(index)
    lengths.append(length)
    self.byteCount += byteCount
  }

  /// The parameters' numbers one behind the other.
  func pack(_ tensors: [Tensor]) throws(TorchError) -> Tensor {
    var pieces: [Tensor] = []
    for index in indices { pieces.append(try tensors[index].reshaped(to: [-1])) }
    return try Tensor(concatenating: pieces, along: 0)
  }

  /// Memory for the numbers of a parcel on its way here.
  func empty(like tensors: [Tensor]) throws(TorchError) -> Tensor {
    try .uninitialized(
      [lengths.reduce(0, +)], dtype: dtype, device: tensors[indices[0]].device)
  }

  /// Overwrites the parameters with a parcel's numbers.
  func unpack(_ numbers: Tensor, to tensors: [Tensor]) throws(TorchError) {
    for (index, piece) in zip(indices, try numbers.split(lengths, along: 0)) {
      try tensors[index].overwrite(with: piece.reshaped(to: tensors[index].shape))
    }
  }
}
