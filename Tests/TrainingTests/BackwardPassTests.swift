import Diffusion
import DiffusionTransformer
import Testing
import Torch
import TorchTesting
import Weights

@testable import Training

/// Gradients taken block by block against those of the whole network at once, which are those of diffusers
/// (`everyGradientIsThatOfDiffusers`).
@Suite struct BackwardPassTests {
  @Test(arguments: [false, true])
  func gradientsBlockByBlockAreThoseOfTheWhole(recomputes: Bool) throws {
    let model = try Model()
    let expected = try gradients(
      of: model.loss(model.transformer.velocity(of: model.pass())),
      withRespectTo: model.parameters.map(\.tensor))
    let backward = BackwardPass(
      model.transformer, parameters: model.parameters, recomputes: recomputes)
    var found = [Tensor?](repeating: nil, count: model.parameters.count)
    var order: [Int] = []
    _ = try backward(begin: model.pass, loss: model.loss) { index, gradient in
      found[index] = gradient
      order.append(index)
    }
    for (index, parameter) in model.parameters.enumerated() {
      guard let expected = expected[index] else {
        #expect(found[index] == nil, "\(parameter.key)")
        continue
      }
      try expectClose(#require(found[index], "\(parameter.key)"), expected)
    }
    #expect(order == backward.order.filter { expected[$0] != nil })
  }

  @Test func theLossIsThatOfThePlainPass() throws {
    let model = try Model()
    let plain = try model.loss(model.transformer.velocity(of: model.pass()))
    let backward = BackwardPass(model.transformer, parameters: model.parameters, recomputes: true)
    let loss = try backward(begin: model.pass, loss: model.loss) { _, _ in }
    try expectClose(loss, plain)
  }

  @Test func gradientsOfTheLastBlocksComeFirst() throws {
    let model = try Model()
    let backward = BackwardPass(model.transformer, parameters: model.parameters, recomputes: false)
    let keys = backward.order.map { model.parameters[$0].key }
    #expect(keys.first?.hasPrefix("norm_out") == true)
    let second = try #require(keys.firstIndex { $0.hasPrefix("transformer_blocks.1.") })
    let first = try #require(keys.firstIndex { $0.hasPrefix("transformer_blocks.0.") })
    #expect(second < first)
    #expect(keys.last?.hasPrefix("transformer_blocks") == false)
  }
}

private struct Model {
  let transformer: QwenImageTransformer
  let parameters: [(key: String, tensor: Tensor)]
  private let layout = TokenLayout.layered(frameCount: 3, grid: TokenGrid(rows: 3, columns: 4))

  init() throws {
    var configuration = TransformerConfiguration()
    configuration.blockCount = 2
    configuration.headCount = 2
    configuration.textWidth = 64
    let store = WeightStore(SeededWeights())
    transformer = try QwenImageTransformer(configuration, weights: store.root)
    parameters = store.parameters.compactMap { parameter in
      parameter.tensor.map { (parameter.key, $0) }
    }
    for parameter in parameters { try parameter.tensor.setRequiresGradient() }
  }

  func pass() throws -> TransformerPass {
    try transformer.begin(
      seededInput("gradients.latents", [2, 48, 64]), layout: layout,
      prompt: seededInput("gradients.prompt", [2, 7, 64]),
      time: Tensor([0.9, 0.35] as [Float], shape: [2]))
  }

  func loss(_ velocity: Tensor) throws -> Tensor {
    let error = try velocity - seededInput("gradients.target", [2, 36, 64])
    return try (error * error).mean()
  }
}

extension QwenImageTransformer {
  fileprivate func velocity(of pass: TransformerPass) throws -> Tensor {
    var pass = pass
    for index in 0..<configuration.blockCount {
      pass.streams = try streams(of: pass, behindBlock: index)
    }
    return try velocity(at: pass)
  }
}
