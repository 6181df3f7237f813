import AtomicFiles
import Checkpoints
import Diffusion
import FileTesting
import FoundationEssentials
import LayerDecomposition
import Raster
import Testing
import TextEncoder
import Torch
import TorchTesting

/// Whole runs as Tools/golden/pipeline.py made them with diffusers.
@Suite struct QwenImageLayeredPipelineTests {
  private struct Settings: Decodable {
    let layers: Int
    let steps: Int
    let size: [Int]
    let guidance: Double?
    let normalized: Bool

    var options: DecompositionOptions {
      DecompositionOptions(
        layerCount: layers, resolution: 64, stepCount: steps,
        negativePrompt: guidance == nil ? nil : " ", guidanceScale: guidance ?? 1,
        normalizesGuidance: normalized, precision: .float32)
    }
  }

  private static let prompts = ["a red fox over a wide field of snow", "two cups"]

  /// The picture of the script, by the same formula.
  private func picture(_ width: Int, _ height: Int) throws -> RasterImage {
    var pixels: [UInt8] = []
    for y in 0..<height {
      for x in 0..<width {
        for c in 0..<3 { pixels.append(UInt8((x * 7 + y * 13 + c * 50 + x * y % 31 * 3) % 256)) }
        pixels.append(255)
      }
    }
    return try RasterImage(size: PixelSize(width: width, height: height), pixels: pixels)
  }

  private func settings(_ name: String, in golden: Golden) throws -> Settings {
    try JSONDecoder().decode(Settings.self, from: Data(#require(golden.metadata[name]).utf8))
  }

  /// Runs the body on the checkpoint of seed 5, written to a folder of its own.
  private func withCheckpoint<Result>(
    _ body: (CheckpointFolder.PipelineFiles) throws -> Result
  ) throws -> Result {
    let scratch = try ScratchFolder()
    let path = scratch.path + "/tiny"
    try RandomCheckpoint(.tiny, seed: 5, dtype: .float32).write(to: path)
    return try body(CheckpointFolder(path: path).openPipeline())
  }

  @Test(.tags(.golden), arguments: ["one-layer", "wide-guided", "tall-normalized"])
  func latentsAndLayersMatchDiffusers(name: String) throws {
    let golden = try Golden("pipeline")
    let settings = try settings(name, in: golden)
    let picture = try picture(settings.size[0], settings.size[1])
    let size = try #require(WorkingSize.fitting(picture.size, resolution: 64))
    let noise = try seededInput(
      name + ".noise", [1, settings.layers + 1, 16, size.height / 8, size.width / 8])
    var results: [Decomposition] = []
    try withCheckpoint { files in
      try QwenImageLayeredPipeline(files)(
        [
          DecompositionRequest(
            picture: picture, prompt: Self.prompts[0], noise: try NumberArray(noise))
        ], options: settings.options, report: { _ in }
      ) { results.append($1) }
    }
    let result = try #require(results.first)
    #expect(results.count == 1)
    #expect(result.stack.layers.count == settings.layers)
    #expect(result.stack.canvas == size)

    let latents = try Tensor(
      result.record.finalLatents.values, shape: result.record.finalLatents.shape)
    try expectClose(latents, golden[name + ".latents"], relative: 1e-4, absolute: 1e-4)
    let features = try Tensor(
      result.record.promptFeatures.values, shape: result.record.promptFeatures.shape)
    try expectClose(features, golden["prompt_embeds"], relative: 1e-5, absolute: 1e-5)

    let expected = try golden[name + ".layers"]
    let pixels = try Tensor(
      result.stack.layers.flatMap(\.pixels), shape: [settings.layers, size.height, size.width, 4])
    let kept = try pixels.strided(from: 0, by: 2, along: 1).strided(from: 0, by: 2, along: 2)
    // Bytes may differ by one where a value lies on the border between two.
    try expectClose(kept, expected, relative: 0, absolute: 1)
    let differing = zip(try kept.values(as: UInt8.self), try expected.values(as: UInt8.self))
      .count { $0 != $1 }
    #expect(differing * 100 <= kept.elementCount)
  }

  @Test(.tags(.golden)) func batchOfTwoPromptsMatchesDiffusersAndIsSlicedBySample() throws {
    let golden = try Golden("pipeline")
    let settings = try settings("batch", in: golden)
    let picture = try picture(64, 64)
    try withCheckpoint { files in
      let text = try files.text.network.load(dtype: .float32, device: .cpu)
      let encoder = try PromptEncoder(text.network.language, tokenizer: files.text.tokenizer)
      let prompt = try encoder(Self.prompts)
      #expect(prompt.mask != nil)

      let vae = try files.vae.load(dtype: .float32, device: .cpu)
      let condition = try ImageEncoding(vae.network)([picture, picture])
      let size = LatentSize(for: picture.size)
      let grid = TokenGrid(for: size)
      let noise = try LatentPacking.packed(
        seededInput("batch.noise", [2, settings.layers + 1, 16, size.height, size.width]))
      let transformer = try files.transformer.load(dtype: .float32, device: .cpu)
      let denoising = Denoising(
        transformer.network,
        scheduler: FlowMatchEulerScheduler(
          stepCount: settings.steps, conditionTokenCount: grid.tokenCount),
        guidance: ClassifierFreeGuidance(
          scale: try #require(settings.guidance), isNormalized: settings.normalized), grid: grid)
      let latents = try denoising(
        noise, condition: condition, prompt: prompt,
        negative: try encoder([" ", " "])
      ) { _, _ in }
      try expectClose(latents, golden["batch.latents"], relative: 1e-4, absolute: 1e-4)

      let decoding = LayerDecoding(vae.network, grid: grid)
      let stacks = try decoding(latents) { _, _ in }
      #expect(stacks.map(\.layers.count) == [2, 2])
      let second = try decoding(latents.slice(1..<2, along: 0)) { _, _ in }
      #expect(stacks[1] == second.first)
      #expect(stacks[0] != stacks[1])
    }
  }

  @Test func captionIsFoundWhereThereIsNoPrompt() throws {
    try withCheckpoint { files in
      var events: [DecompositionEvent] = []
      var result: Decomposition?
      try QwenImageLayeredPipeline(files)(
        [DecompositionRequest(picture: picture(40, 40), prompt: " ")],
        options: DecompositionOptions(
          layerCount: 1, resolution: 64, stepCount: 1, guidanceScale: 1, precision: .float32),
        report: { events.append($0) }
      ) { result = $1 }
      let captions = events.compactMap { event in
        if case .captioned(0, let text) = event { text } else { nil }
      }
      #expect(captions == [result?.prompt])
    }
  }

  @Test func severalPicturesShareOneLoadingOfEachComponent() throws {
    try withCheckpoint { files in
      var events: [DecompositionEvent] = []
      var delivered: [Int] = []
      try QwenImageLayeredPipeline(files)(
        [(40, 40), (90, 30), (1, 1)].map {
          DecompositionRequest(picture: try picture($0.0, $0.1), prompt: "x")
        },
        options: DecompositionOptions(layerCount: 1, resolution: 64, stepCount: 2),
        report: { events.append($0) }
      ) { index, _ in delivered.append(index) }
      let loaded = events.compactMap { event in
        if case .loaded(let component, _) = event { component } else { nil }
      }
      #expect(loaded == ["text_encoder", "vae", "transformer", "vae"])
      #expect(delivered == [0, 1, 2])
    }
  }

  @Test func sameSeedGivesTheSameLayersAndAnotherSeedOthers() throws {
    try withCheckpoint { files in
      func layers(seed: UInt64) throws -> LayerStack? {
        var stack: LayerStack?
        try QwenImageLayeredPipeline(files)(
          [DecompositionRequest(picture: picture(40, 40), prompt: "x")],
          options: DecompositionOptions(layerCount: 2, resolution: 64, stepCount: 1, seed: seed),
          report: { _ in }
        ) { stack = $1.stack }
        return stack
      }
      let first = try layers(seed: 1)
      let same = try layers(seed: 1)
      let other = try layers(seed: 2)
      #expect(first == same)
      #expect(first != other)
    }
  }

  @Test func noiseOfAnotherShapeIsRefused() throws {
    let noise = try #require(
      NumberArray(shape: [1, 2, 16, 8, 7], values: Array(repeating: 0, count: 1792)))
    try withCheckpoint { files in
      let request = DecompositionRequest(
        picture: try picture(40, 40), prompt: "x", noise: noise)
      _ = #expect(
        throws: UnsuitableNoise(expected: [1, 2, 16, 8, 8], found: [1, 2, 16, 8, 7])
      ) {
        try QwenImageLayeredPipeline(files)(
          [request], options: DecompositionOptions(layerCount: 1, resolution: 64, stepCount: 1),
          report: { _ in }, deliver: { _, _ in })
      }
    }
  }
}
