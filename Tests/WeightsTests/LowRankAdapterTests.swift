import FileTesting
import Safetensors
import Testing
import Torch
import Weights

/// Writes an adapter of zeros with tensors of these names and shapes.
private func adapter(
  _ tensors: [(String, [Int])], metadata: [String: String] = [:], in folder: ScratchFolder
) throws -> String {
  let path = folder["adapter.safetensors"]
  let writer = try SafetensorsWriter(
    path: path, overwriting: true,
    tensors.map { TensorDeclaration(name: $0.0, dtype: .float32, shape: $0.1) }, metadata: metadata)
  for (name, shape) in tensors {
    try writer.write([UInt8](repeating: 0, count: 4 * shape.reduce(1, *)), of: name)
  }
  try writer.commit()
  return path
}

private let sound: [(String, [Int])] = [
  ("transformer.a.b.lora_A.weight", [2, 3]), ("transformer.a.b.lora_B.weight", [5, 2]),
]

@Suite struct LowRankAdapterTests {
  @Test(arguments: [
    ([("a.lora_A.weight", [2, 3])], AdapterError.Reason.incomplete(layer: "a")),
    (
      [("a.lora_A.weight", [2, 3]), ("a.lora_B.weight", [5, 3])],
      .ranksDiffer(layer: "a", down: [2, 3], up: [5, 3])
    ),
    (
      [("a.lora_A.weight", [0, 3]), ("a.lora_B.weight", [5, 0])],
      .ranksDiffer(layer: "a", down: [0, 3], up: [5, 0])
    ),
    (
      [("a.lora_A.weight", [2, 3, 1, 1]), ("a.lora_B.weight", [5, 2, 1, 1])],
      .ranksDiffer(layer: "a", down: [2, 3, 1, 1], up: [5, 2, 1, 1])
    ),
    ([("a.dora_scale", [5])], .unknownKey("a.dora_scale")),
    (
      [("a.lora_A.weight", [2, 3]), ("a.lora_B.weight", [5, 2]), ("a.alpha", [2])],
      .noNumber(key: "a.alpha")
    ),
  ])
  func whatIsNoAdapterIsRefusedByItsKey(
    tensors: [(String, [Int])], reason: AdapterError.Reason
  ) throws {
    let folder = try ScratchFolder()
    let path = try adapter(tensors, in: folder)
    #expect(throws: AdapterError(reason, path: path)) { try LowRankAdapter(path: path) }
  }

  @Test(arguments: [
    #"{"lora_alpha": "#, #"{"transformer.lora_alpha": "four"}"#,
    #"{"transformer.alpha_pattern": {"to_(q|k)": 2}}"#,
  ])
  func metadataThatCannotBeReadIsRefused(text: String) throws {
    let folder = try ScratchFolder()
    let path = try adapter(sound, metadata: ["lora_adapter_metadata": text], in: folder)
    let error = try #require(throws: AdapterError.self) { try LowRankAdapter(path: path) }
    guard case .badMetadata = error.reason else {
      Issue.record("\(error)")
      return
    }
  }

  @Test func factorsThatDoNotFitTheWeightAreRefusedMergedOrNot() throws {
    let folder = try ScratchFolder()
    let adapter = try LowRankAdapter(path: adapter(sound, in: folder))
    #expect(adapter.layers == ["a.b"])
    let store = WeightStore(SeededWeights(), adapters: Adapters([adapter]))
    #expect(
      throws: AdapterError(
        .unfit(layer: "a.b", found: [5, 3], expected: [5, 4]), path: adapter.path)
    ) { try store.root["a"]["b"].tensor("weight", shape: [5, 4]) }
  }

  @Test func layersThatTheNetworkLacksAreNamed() throws {
    let folder = try ScratchFolder()
    let adapter = try LowRankAdapter(path: adapter(sound, in: folder))
    let store = WeightStore(SeededWeights(), adapters: Adapters([adapter]))
    _ = try store.root["a"]["c"].tensor("weight", shape: [5, 3])
    #expect(throws: AdapterError(.unknownLayers(["a.b"]), path: adapter.path)) {
      try store.finishAdapters()
    }
    _ = try store.root["a"]["b"].tensor("weight", shape: [5, 3])
    try store.finishAdapters()
  }
}
