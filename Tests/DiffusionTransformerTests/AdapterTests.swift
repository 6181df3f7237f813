import Diffusion
import DiffusionTransformer
import FileTesting
import Safetensors
import Testing
import Torch
import TorchTesting
import Weights

private let adapterPath =
  String(#filePath.prefix(upTo: #filePath.lastIndex(of: "/") ?? #filePath.startIndex))
  + "/Fixtures/adapter.safetensors"

/// The velocity of the tiny network of Tools/golden/adapter.py.
private func velocity(_ adapters: Adapters?) throws -> Tensor {
  var configuration = TransformerConfiguration()
  configuration.blockCount = 3
  configuration.headCount = 3
  configuration.headWidth = 24
  configuration.textWidth = 40
  configuration.inputWidth = 16
  configuration.outputChannels = 4
  configuration.rotaryWidths = [4, 8, 12]
  configuration.hasAdditionalTimeCondition = false
  configuration.usesLayer3DRotaryEmbedding = false
  let store = WeightStore(SeededWeights(), adapters: adapters)
  let model = try QwenImageTransformer(configuration, weights: store.root)
  try store.finish()
  try store.finishAdapters()
  let layout = TokenLayout.layered(frameCount: 1, grid: TokenGrid(rows: 2, columns: 3))
  return try model(
    seededInput("adapter.latents", [1, 12, 16]), layout: layout,
    prompt: seededInput("adapter.prompt", [1, 5, 40]), time: Tensor([0.7] as [Float], shape: [1]))
}

/// The fixture's tensors as ComfyUI's and kohya's files have them: other names, and alphas as tensors.
private func written(
  _ form: (String) -> String, named name: String, in folder: ScratchFolder
) throws -> String {
  let golden = try Golden(path: adapterPath)
  var tensors: [(String, Tensor)] = []
  for key in golden.names {
    tensors.append((form(key), try golden[key]))
    guard key.hasSuffix("lora_A.weight") else { continue }
    let alpha: Float = key.contains("to_q") ? 2 : 5
    let layer = form(key.replacing("lora_A.weight", with: "alpha"))
    tensors.append((layer, try Tensor([alpha], shape: [])))
  }
  let writer = try SafetensorsWriter(
    path: folder[name],
    tensors.map { TensorDeclaration(name: $0.0, dtype: $0.1.dtype.stored, shape: $0.1.shape) })
  for (name, tensor) in tensors {
    try writer.write(try tensor.withUnsafeBytes { Array($0) }, of: name)
  }
  try writer.commit()
  return folder[name]
}

@Suite struct AdapterTests {
  @Test(.tags(.golden), arguments: [(1.0, true), (1, false), (0.5, true), (0.5, false)])
  func mergedAndUnmergedMatchDiffusers(weight: Double, isMerged: Bool) throws {
    let adapter = try LowRankAdapter(path: adapterPath, weight: weight)
    let found = try velocity(Adapters([adapter], isMerged: isMerged))
    try expectClose(
      found, Golden("adapted")["velocity \(weight)"], relative: 1e-4, absolute: 1e-4)
  }

  @Test func anAdapterOfWeightZeroChangesNothing() throws {
    let adapter = try LowRankAdapter(path: adapterPath, weight: 0)
    try expectClose(velocity(Adapters([adapter])), velocity(nil))
  }

  @Test func twoAdaptersAddUp() throws {
    let half = try LowRankAdapter(path: adapterPath, weight: 0.5)
    for isMerged in [true, false] {
      try expectClose(
        velocity(Adapters([half, half], isMerged: isMerged)),
        Golden("adapted")["velocity 1.0"], relative: 1e-4, absolute: 1e-4)
    }
  }

  @Test func namesOfComfyUIAndOfKohyaMeanTheSameLayers() throws {
    let folder = try ScratchFolder()
    let comfy = try written(
      { key in
        key.replacing("transformer.transformer_blocks", with: "diffusion_model.transformer_blocks")
          .replacing("lora_A", with: "lora_down").replacing("lora_B", with: "lora_up")
      }, named: "comfy.safetensors", in: folder)
    let kohya = try written(
      { key in
        let plain = key.dropFirst("transformer.".count)
        let parts = plain.replacing(".lora_A.", with: "|lora_down.")
          .replacing(".lora_B.", with: "|lora_up.").replacing(".alpha", with: "|alpha")
          .split(separator: "|")
        return "lora_unet_" + parts[0].replacing(".", with: "_") + "." + parts[1]
      }, named: "kohya.safetensors", in: folder)
    let expected = try Golden("adapted")["velocity 1.0"]
    for path in [comfy, kohya] {
      let adapter = try LowRankAdapter(path: path)
      try expectClose(
        velocity(Adapters([adapter], isMerged: false)), expected, relative: 1e-4, absolute: 1e-4)
    }
  }

  @Test func anAdapterOfAnotherModelIsRefusedByItsLayers() throws {
    let folder = try ScratchFolder()
    let path = try written(
      { $0.replacing("transformer_blocks.2", with: "transformer_blocks.7") },
      named: "other.safetensors", in: folder)
    let error = try #require(throws: AdapterError.self) {
      try velocity(Adapters([LowRankAdapter(path: path)]))
    }
    guard case .unknownLayers(let layers) = error.reason else {
      Issue.record("\(error)")
      return
    }
    #expect(layers.count == 6)
    #expect(layers.allSatisfy { $0.hasPrefix("transformer_blocks.7.") })
  }
}
