import DiffusionTransformer
import Torch

/// The gradients of a transformer's loss, step by step from the last block to the first.
///
/// Each step of the network, what comes before the blocks, every block, and what comes behind them, is differentiated by
/// itself, and the chain rule joins them. So gradients of the last blocks can be on their way to other processes while
/// earlier blocks are still at work; and where steps are computed again when their turn comes, the memory of one block's
/// inner results is enough for all ("gradient checkpointing").
package struct BackwardPass {
  private let transformer: QwenImageTransformer
  /// Whether inner results are dropped and computed again.
  private let recomputes: Bool
  private let first: [Int]
  private let blocks: [[Int]]
  private let last: [Int]
  private let parameters: [(key: String, tensor: Tensor)]

  /// - Parameters:
  ///   - transformer: Computes with the parameters, which record gradients.
  ///   - parameters: What is trained, by the keys of the network.
  ///   - recomputes: Whether inner results are dropped and computed again, for a third more time.
  package init(
    _ transformer: QwenImageTransformer, parameters: [(key: String, tensor: Tensor)],
    recomputes: Bool
  ) {
    self.transformer = transformer
    self.parameters = parameters
    self.recomputes = recomputes
    var first: [Int] = []
    var last: [Int] = []
    var blocks = Array(repeating: [Int](), count: transformer.configuration.blockCount)
    for (index, parameter) in parameters.enumerated() {
      let parts = parameter.key.split(separator: ".")
      if parts.first == "transformer_blocks", parts.count > 1, let block = Int(parts[1]),
        blocks.indices.contains(block)
      {
        blocks[block].append(index)
      } else if parts.first == "norm_out" || parts.first == "proj_out" {
        last.append(index)
      } else {
        first.append(index)
      }
    }
    (self.first, self.blocks, self.last) = (first, blocks, last)
  }

  /// Indices of the parameters in the order in which their gradients come.
  package var order: [Int] { last + blocks.reversed().flatMap { $0 } + first }

  /// Computes a loss and its gradients.
  ///
  /// - Parameters:
  ///   - begin: Makes the pass that the blocks start from; called again where inner results are computed again.
  ///   - loss: Of the velocity, a tensor of one element.
  ///   - receive: Given the index of a parameter and its gradient as soon as that is there, in ``order``; parameters that
  ///     took no part are left out.
  /// - Returns: What `loss` gave, without memory of how.
  /// - Throws: ``TorchError``, such as `.outOfMemory`.
  package func callAsFunction(
    begin: () throws -> TransformerPass, loss: (_ velocity: Tensor) throws -> Tensor,
    receive: (_ index: Int, _ gradient: Tensor) throws -> Void
  ) throws -> Tensor {
    let start = try recorded(begin)
    let time = try leaf(start.activatedTime)
    var pass = start
    pass.activatedTime = time
    var inputs: [TransformerPass] = []
    var outputs: [TokenStreams] = []
    var streams = start.streams
    for index in blocks.indices {
      pass.streams = TokenStreams(image: try leaf(streams.image), text: try leaf(streams.text))
      inputs.append(pass)
      streams = try recorded { try transformer.streams(of: inputs[index], behindBlock: index) }
      if !recomputes { outputs.append(streams) }
    }

    pass.streams = TokenStreams(image: try leaf(streams.image), text: streams.text)
    let value = try loss(transformer.velocity(at: pass))
    var found = try gradients(
      of: value, withRespectTo: [pass.streams.image, time] + tensors(last))
    try deliver(found.dropFirst(2), of: last, to: receive)
    var (image, text, timeSum) = (found[0], nil as Tensor?, found[1])

    for index in blocks.indices.reversed() {
      let input = inputs[index]
      let output =
        recomputes
        ? try transformer.streams(of: input, behindBlock: index) : outputs.removeLast()
      found = try gradients(
        of: factored([(output.image, image), (output.text, text)]),
        withRespectTo: [input.streams.image, input.streams.text, time] + tensors(blocks[index]))
      try deliver(found.dropFirst(3), of: blocks[index], to: receive)
      (image, text) = (found[0], found[1])
      timeSum = try sum(timeSum, found[2])
      inputs.removeLast()
    }

    if !first.isEmpty {
      let again = recomputes ? try begin() : start
      found = try gradients(
        of: factored([
          (again.streams.image, image), (again.streams.text, text), (again.activatedTime, timeSum),
        ]), withRespectTo: tensors(first))
      try deliver(found[...], of: first, to: receive)
    }
    return try value.detached()
  }

  /// A step of the forward pass, whose inner results are kept or not.
  private func recorded<Result>(_ body: () throws -> Result) throws -> Result {
    recomputes ? try withoutGradients(body) : try body()
  }

  /// The same numbers as the beginning of a step of their own.
  private func leaf(_ tensor: Tensor) throws(TorchError) -> Tensor {
    let leaf = try tensor.detached()
    try leaf.setRequiresGradient()
    return leaf
  }

  /// Outputs by which the loss changes and that were recorded.
  private func factored(_ outputs: [(Tensor, Tensor?)]) -> [(Tensor, factor: Tensor?)] {
    outputs.compactMap { output, factor in
      factor == nil || !output.requiresGradient ? nil : (output, factor: factor)
    }
  }

  private func tensors(_ indices: [Int]) -> [Tensor] { indices.map { parameters[$0].tensor } }

  private func sum(_ a: Tensor?, _ b: Tensor?) throws(TorchError) -> Tensor? {
    guard let a else { return b }
    guard let b else { return a }
    return try a + b
  }

  private func deliver(
    _ found: ArraySlice<Tensor?>, of indices: [Int],
    to receive: (_ index: Int, _ gradient: Tensor) throws -> Void
  ) throws {
    for (index, gradient) in zip(indices, found) {
      if let gradient { try receive(index, gradient) }
    }
  }
}
