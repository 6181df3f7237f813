import ProcessGroups
import Torch
import TorchOptim

/// An optimizer divided over processes: three steps, its numbers collected, a new one made of them, two more steps.
package enum ShardTrial {
  package static let shapes = [[64, 33], [33], [5, 3, 4, 4], [7], [200, 50], [1]]

  /// Of two types, one laid out channels last, one larger than the limit of what is sent at once.
  package static func parameters() throws -> [(key: String, computed: Tensor)] {
    try shapes.enumerated().map { index, shape in
      let tensor = try trialTensor("parameter \(index)", rank: 0, shape)
      let computed =
        switch index {
        case 0, 1, 5: try tensor.converted(to: .bfloat16)
        case 2: try tensor.contiguous(.channelsLast)
        default: tensor
        }
      return ("parameter \(index)", computed)
    }
  }

  static let byteLimit = 5000
  package static let stepCounts = [3, 2]
  package static let learningRate = 0.01

  /// The same on every process; one parameter has none in one step.
  package static func gradients(ofStep step: Int) throws -> [Tensor?] {
    try shapes.enumerated().map { index, shape in
      if index == 3 && step == 1 { return nil }
      return try trialTensor("gradient \(index) \(step)", rank: 0, shape)
    }
  }

  static func run(_ group: any ProcessGroup, _ say: (String) throws -> Void) throws {
    let parameters = try parameters()
    var optimizer = try ShardedAdamW(parameters, over: group, byteLimit: byteLimit)
    for step in 0..<stepCounts[0] {
      try optimizer.step(gradients: gradients(ofStep: step), learningRate: learningRate)
    }
    for (key, computed) in parameters { try say("\(key) \(trialSum(of: computed))") }
    let counts = try optimizer.stepCounts()
    try say("steps \(counts)")
    let own = optimizer.own
    let lists = [
      ("master", own.parameters.map(\.master)), ("first", own.moments.map(\.first)),
      ("second", own.moments.map(\.second)),
    ]
    for (name, tensors) in lists {
      try optimizer.plan.collect(tensors, shapes: shapes, over: group) { index, tensor in
        try say("\(name) \(index) \(trialSum(of: tensor))")
      }
    }

    let restart = try ShardTrial.parameters()
    var places = optimizer.plan.indices(of: group.rank)[...]
    var again = try ShardedAdamW(restart, over: group, byteLimit: byteLimit) { index in
      let place = own.parameters.count - places.count
      guard places.popFirst() == index else { return nil }
      return ShardedAdamW.State(
        master: own.parameters[place].master, moments: own.moments[place], stepCount: counts[index])
    }
    try again.publish()
    for step in stepCounts[0]..<stepCounts[0] + stepCounts[1] {
      try again.step(gradients: gradients(ofStep: step), learningRate: learningRate)
    }
    for (key, computed) in restart { try say("\(key) \(trialSum(of: computed))") }
  }
}
