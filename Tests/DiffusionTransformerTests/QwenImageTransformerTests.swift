import Diffusion
import DiffusionTransformer
import FoundationEssentials
import Testing
import Torch
import TorchTesting
import Weights

@Suite struct QwenImageTransformerTests {
  /// One forward pass as Tools/golden/transformer.py ran it.
  private struct Case: Decodable {
    let configuration: TransformerConfiguration
    let batch: Int
    let rows: Int
    let columns: Int
    let frames: Int
    let text: Int
  }

  private func velocity(_ name: String, dtype: DType = .float32) throws -> (Tensor, golden: Tensor)
  {
    let golden = try Golden("transformer")
    let run = try JSONDecoder().decode(Case.self, from: Data(#require(golden.metadata[name]).utf8))
    let store = WeightStore(SeededWeights(), dtype: dtype)
    let model = try QwenImageTransformer(run.configuration, weights: store.root)
    try store.finish()
    let layout = TokenLayout.layered(
      frameCount: run.frames, grid: TokenGrid(rows: run.rows, columns: run.columns))
    let latents = try seededInput(
      name + ".latents", [run.batch, layout.tokenCount, run.configuration.inputWidth], dtype: dtype)
    let prompt = try seededInput(
      name + ".prompt", [run.batch, run.text, run.configuration.textWidth], dtype: dtype)
    let mask = golden.names.contains(name + ".mask") ? try golden[name + ".mask"] : nil
    let condition = try Tensor((0..<run.batch).map { Int64($0 % 2) }, shape: [run.batch])
    let velocity = try model(
      latents, layout: layout, prompt: prompt, promptMask: mask,
      time: golden[name + ".time"].converted(to: dtype), additionalCondition: condition)
    return (velocity, try golden[name + ".velocity"])
  }

  @Test(.tags(.golden), arguments: ["small", "masked", "odd"])
  func velocityMatchesDiffusersInFloat32(name: String) throws {
    let (velocity, golden) = try velocity(name)
    try expectClose(velocity, golden, relative: 1e-5, absolute: 1e-5)
  }

  @Test(.tags(.golden)) func velocityMatchesDiffusersInBFloat16() throws {
    let (velocity, golden) = try velocity("bfloat16", dtype: .bfloat16)
    try expectCloseInBFloat16(velocity, golden, exact: self.velocity("bfloat16").0)
  }

  @Test(arguments: [DType.float32, .bfloat16])
  func velocityIsTheSameWhereGradientsAreRecorded(dtype: DType) throws {
    var configuration = TransformerConfiguration()
    configuration.blockCount = 2
    configuration.headCount = 1
    configuration.textWidth = 8
    let store = WeightStore(SeededWeights(), dtype: dtype)
    let model = try QwenImageTransformer(configuration, weights: store.root)
    let layout = TokenLayout.layered(frameCount: 2, grid: TokenGrid(rows: 3, columns: 2))
    func velocity() throws -> Tensor {
      try model(
        seededInput("latents", [2, 18, 64], dtype: dtype), layout: layout,
        prompt: seededInput("prompt", [2, 3, 8], dtype: dtype),
        time: Tensor([0.9, 0.3] as [Float], shape: [2]).converted(to: dtype))
    }
    // In place and with kernels of inference, then as training does.
    let fused = try velocity()
    for weight in store.parameters.compactMap(\.tensor) { try weight.setRequiresGradient() }
    let recorded = try velocity()
    #expect(recorded.requiresGradient && !fused.requiresGradient)
    if dtype == .float32 {
      try expectClose(fused, recorded, relative: 1e-5, absolute: 1e-5)
    } else {
      // While gradients are recorded scores and shares of attention are rounded to bfloat16.
      try expectClose(fused, recorded, relative: 0.02, absolute: 0.02)
    }
  }

  @Test func velocityOfInt8IsNearThatOfBFloat16() throws {
    var configuration = TransformerConfiguration()
    configuration.blockCount = 2
    configuration.headCount = 2
    configuration.textWidth = 8
    let layout = TokenLayout.layered(frameCount: 2, grid: TokenGrid(rows: 3, columns: 2))
    func velocity(inInt8: Bool) throws -> Tensor {
      let store = WeightStore(
        SeededWeights(), dtype: .bfloat16, int8: inInt8 ? .layersThatBearIt : .none)
      let model = try QwenImageTransformer(configuration, weights: store.root)
      return try model(
        seededInput("latents", [1, 18, 64], dtype: .bfloat16), layout: layout,
        prompt: seededInput("prompt", [1, 3, 8], dtype: .bfloat16),
        time: Tensor([0.9] as [Float], shape: [1]).converted(to: .bfloat16)
      ).converted(to: .float32)
    }
    let (rounded, exact) = (try velocity(inInt8: true), try velocity(inInt8: false))
    let difference = try rounded - exact
    func power(_ x: Tensor) throws -> Float { try (x * x).mean().values(as: Float.self)[0] }
    #expect(try power(difference) > 0)
    #expect(try power(difference) < 0.03 * 0.03 * power(exact))
  }

  @Test func officialSizeHas1934TensorsAndNoNumbers() throws {
    let store = WeightStore(ShapesOnly())
    _ = try QwenImageTransformer(TransformerConfiguration(), weights: store.root)
    #expect(store.parameters.count == 1934)
    let count = store.parameters.reduce(0) { $0 + $1.shape.reduce(1, *) }
    #expect(count == 20_430_407_232)
  }

  @Test func latentsThatDoNotFitTheLayoutAreRefused() throws {
    var configuration = TransformerConfiguration()
    configuration.blockCount = 1
    configuration.headCount = 1
    configuration.textWidth = 8
    let model = try QwenImageTransformer(configuration, weights: WeightStore(SeededWeights()).root)
    let layout = TokenLayout.layered(frameCount: 2, grid: TokenGrid(rows: 2, columns: 2))
    #expect(
      throws: TorchError.unexpectedShape(
        what: "latents of the layout", expected: [1, 12, 64], found: [1, 11, 64])
    ) {
      try model(
        .zeros([1, 11, 64]), layout: layout, prompt: .zeros([1, 3, 8]), time: .ones([1]))
    }
  }

  @Test func gradientsReachTheWeights() throws {
    var configuration = TransformerConfiguration()
    configuration.blockCount = 1
    configuration.headCount = 1
    configuration.textWidth = 8
    let store = WeightStore(SeededWeights())
    let model = try QwenImageTransformer(configuration, weights: store.root)
    let weights = store.parameters.compactMap(\.tensor)
    for weight in weights { try weight.setRequiresGradient() }
    let layout = TokenLayout.layered(frameCount: 2, grid: TokenGrid(rows: 2, columns: 2))
    let velocity = try model(
      seededInput("latents", [1, 12, 64]), layout: layout,
      prompt: seededInput("prompt", [1, 3, 8]),
      time: .ones([1]))
    let found = try gradients(of: (velocity * velocity).sum(), withRespectTo: weights)
    // Only the text's way out of the last block leads nowhere.
    let unused = zip(store.parameters, found).filter { $0.1 == nil }.map(\.0.key)
    #expect(
      Set(unused) == [
        "transformer_blocks.0.attn.to_add_out.weight", "transformer_blocks.0.attn.to_add_out.bias",
        "transformer_blocks.0.txt_mlp.net.0.proj.weight",
        "transformer_blocks.0.txt_mlp.net.0.proj.bias",
        "transformer_blocks.0.txt_mlp.net.2.weight", "transformer_blocks.0.txt_mlp.net.2.bias",
      ])
  }
}

@Suite struct TimestepEmbeddingTests {
  @Test(.tags(.golden), arguments: [1.0, 0.5, 0.123]) func sinusoidMatchesDiffusers(time: Double)
    throws
  {
    let golden = try Golden("transformer")
    let sinusoid = try TimestepEmbedding.sinusoid(Tensor([Float(time)], shape: [1]))
    try expectClose(sinusoid, golden["sinusoid.\(time)"], relative: 0, absolute: 1e-6)
  }
}

@Suite struct LayerRotaryEmbeddingTests {
  @Test(.tags(.golden)) func tablesMatchDiffusersForEveryLayerCountAndGrid() throws {
    let golden = try Golden("rotary")
    let names = Set(golden.names.map { $0.split(separator: ".").prefix(4).joined(separator: ".") })
    #expect(names.count == 15)
    for name in names.sorted() {
      let parts = name.split(separator: ".")
      let numbers = parts.dropFirst().compactMap { Int($0) }
      let grid = TokenGrid(rows: numbers[1], columns: numbers[2])
      let embedding = LayerRotaryEmbedding(
        widths: parts[0] == "full" ? [16, 56, 56] : [4, 8, 8], isLayer3D: parts[0] != "plain")
      let text = try golden[name + ".text.cosines"].shape[0]
      let tables = try embedding.tables(
        for: .layered(frameCount: numbers[0] - 1, grid: grid), textTokenCount: text)
      for (part, table) in [("image", tables.image), ("text", tables.text)] {
        try expectClose(
          table.cosines, golden["\(name).\(part).cosines"], relative: 0, absolute: 1e-6)
        try expectClose(table.sines, golden["\(name).\(part).sines"], relative: 0, absolute: 1e-6)
      }
    }
  }

  @Test func loneFrameWithoutConditionHasLayerPositionZero() throws {
    let grid = TokenGrid(rows: 2, columns: 2)
    let embedding = LayerRotaryEmbedding(widths: [4, 8, 8], isLayer3D: true)
    let lone = TokenLayout(grids: [grid], hasCondition: false)
    #expect(lone.targetTokenCount == 4)
    let cosines = try embedding.tables(for: lone, textTokenCount: 1).image.cosines
    #expect(try cosines.slice(0..<2, along: 1).values(as: Float.self).allSatisfy { $0 == 1 })
  }

  @Test func textBeyondTheReferencesTableIsRefused() throws {
    let embedding = LayerRotaryEmbedding(widths: [4, 8, 8], isLayer3D: true)
    let layout = TokenLayout.layered(frameCount: 1, grid: TokenGrid(rows: 2, columns: 2))
    #expect(throws: TorchError.self) { try embedding.tables(for: layout, textTokenCount: 4096) }
  }
}
