import ProcessGroups
import Torch

/// Gradients of two steps through buckets so small that there are several.
package enum BucketTrial {
  package static let parameters: [(key: String, shape: [Int])] = [
    ("proj_out.weight", [40, 30]), ("proj_out.bias", [40]), ("block.1.large", [100, 50]),
    ("block.1.norm", [50]), ("block.0.unused", [10]), ("block.0.large", [30, 30]), ("scale", []),
    ("embedding", [25, 4]),
  ]

  static let byteLimit = 6000
  package static let stepCount = 2

  /// What a process finds of a parameter in a step, batch by batch: rank 1 has no part in one of the parameters, nobody in
  /// another; one comes in two batches, one in bfloat16.
  package static func gradients(of key: String, rank: Int, step: Int) throws -> [Tensor] {
    let shape = parameters.first { $0.key == key }?.shape ?? []
    let name = "\(key) \(step)"
    switch key {
    case "block.0.unused": return []
    case "block.1.norm" where rank == 1 && step == 1: return []
    case "block.0.large":
      return try (0..<2).map { try trialTensor("\(name) \($0)", rank: rank, shape) }
    case "embedding": return [try trialTensor(name, rank: rank, shape).converted(to: .bfloat16)]
    default: return [try trialTensor(name, rank: rank, shape)]
    }
  }

  static func run(_ group: any ProcessGroup, _ say: (String) throws -> Void) throws {
    let buckets = try GradientBuckets(parameters, over: group, byteLimit: byteLimit)
    for step in 0..<stepCount {
      // Whatever the order of arrival, buckets begin in theirs.
      for (key, _) in group.rank == 1 ? parameters.reversed() : parameters {
        let gradients = try gradients(of: key, rank: group.rank, step: step)
        for (batch, gradient) in gradients.enumerated() {
          try buckets.add(gradient, of: key, isLast: batch == gradients.count - 1)
        }
      }
      let sums = try buckets.finish()
      for (key, _) in parameters {
        try say("\(step) \(key) \(sums[key].map { try trialSum(of: $0) } ?? "none")")
      }
    }
  }
}
