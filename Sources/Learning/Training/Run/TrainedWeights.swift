import AtomicFiles
import Checkpoints
import FoundationEssentials
import Safetensors
import Shards
import Torch
import Weights

/// A component of a checkpoint in training and those of its numbers that change.
struct TrainedWeights<Network: CheckpointNetwork> {
  let network: Network
  /// What changes, by the keys of the network.
  let parameters: [(key: String, tensor: Tensor)]
  private let loaded: LoadedNetwork<Network>
  private let hasAdapter: Bool
  /// The component's folder in the checkpoint, such as "transformer".
  private let component: String
  private let folder: CheckpointFolder

  /// Loads the network, writable, and has the chosen weights or the adapter's factors record gradients.
  ///
  /// - Parameters:
  ///   - files: Of the checkpoint that training starts from.
  ///   - component: Their folder in it.
  ///   - folder: The same checkpoint.
  ///   - settings: Which weights are trained.
  ///   - adapter: What is trained in place of weights.
  ///   - adapterStart: Where the factors that an adapter begins with are written.
  ///   - dtype: In which the network computes.
  ///   - device: Where.
  /// - Throws: ``NothingToTrain``, and what loading throws.
  init(
    _ files: ComponentFiles<Network>, _ component: String, of folder: CheckpointFolder,
    settings: RunSettings, adapter: TrainingConfiguration.Adapter? = nil,
    adapterStart: String = "", dtype: DType, device: Device
  ) throws {
    self.folder = folder
    self.component = component
    hasAdapter = adapter != nil
    var adapters: Adapters?
    if let adapter {
      let path = adapter.start ?? adapterStart
      if adapter.start == nil {
        try AdapterStart.write(
          to: adapterStart, for: files.weights, adapter: adapter, seed: settings.seed)
      }
      let opened = Adapters([try LowRankAdapter(path: path)], isMerged: false)
      try files.check(opened)
      adapters = opened
    }
    loaded = try files.load(dtype: dtype, device: device, adapters: adapters, isWritable: true)
    network = loaded.network
    var trained: [(key: String, tensor: Tensor)] = []
    if adapters != nil {
      for (layer, update) in loaded.store.lowRankUpdates {
        trained.append((layer + ".lora_A.weight", update.down))
        trained.append((layer + ".lora_B.weight", update.up))
      }
    } else {
      for parameter in loaded.store.parameters {
        guard let tensor = parameter.tensor, settings.trains(parameter.key) else { continue }
        trained.append((parameter.key, tensor))
      }
    }
    guard !trained.isEmpty else { throw NothingToTrain(component: component) }
    parameters = trained
    for parameter in parameters { try parameter.tensor.setRequiresGradient() }
  }

  /// Writes what was trained into a checkpoint: the official folder with everything else linked, or an adapter.
  ///
  /// - Parameters:
  ///   - output: The folder in the making.
  ///   - values: For each parameter the numbers to write, as running means or masters.
  ///   - configuration: The component's `config.json` where it is another than the one that training starts from.
  /// - Throws: `OutputError`, `TorchError`.
  func write(
    to output: AtomicFolder, values: ArraySlice<Tensor>, configuration: [UInt8]? = nil
  ) throws {
    let trained = Dictionary(
      uniqueKeysWithValues: zip(parameters.map(\.key), values))
    if hasAdapter {
      try writeAdapter(to: output, values: trained)
    } else {
      try writeModel(to: output, values: trained, configuration)
    }
  }

  private func writeModel(
    to output: AtomicFolder, values: [String: Tensor], _ configuration: [UInt8]?
  ) throws {
    for name in try folder.fileNames() where !name.hasPrefix(component + "/") {
      try output.link(folder.path + "/" + name, named: name)
    }
    let configurationName = component + "/config.json"
    if let configuration {
      try output.write(configuration, named: configurationName)
    } else {
      try output.link(folder.path + "/" + configurationName, named: configurationName)
    }
    let parameters = loaded.store.parameters
    let writer = try ShardedSafetensorsWriter(
      stem: component + "/diffusion_pytorch_model", in: output,
      try parameters.map { parameter in
        let dtype = try withoutGradients { try parameter.assembled().dtype }
        return TensorDeclaration(name: parameter.key, dtype: dtype.stored, shape: parameter.shape)
      })
    for parameter in parameters {
      let value = try withoutGradients { try parameter.assembled(with: values[parameter.key]) }
      try value.detached().withUnsafeBytes { try writer.write($0, of: parameter.key) }
    }
    try writer.commit()
  }

  /// Names and layout of diffusers and ComfyUI; the scale is in the second factor, so that readers that know no alpha
  /// give the same result.
  private func writeAdapter(to output: AtomicFolder, values: [String: Tensor]) throws {
    var tensors: [(String, Tensor)] = []
    for (layer, update) in loaded.store.lowRankUpdates {
      guard let down = values[layer + ".lora_A.weight"], let up = values[layer + ".lora_B.weight"]
      else { continue }
      tensors.append(("transformer.\(layer).lora_A.weight", try down.converted(to: .float32)))
      tensors.append(
        ("transformer.\(layer).lora_B.weight", try up.converted(to: .float32) * update.scale))
    }
    let writer = try SafetensorsWriter(
      named: TrainingCheckpoint.adapterName, in: output,
      tensors.map { TensorDeclaration(name: $0, dtype: .float32, shape: $1.shape) },
      metadata: ["format": "pt", "base_model_fingerprint": try folder.transformerFingerprint()])
    for (name, tensor) in tensors {
      try tensor.detached().withUnsafeBytes { try writer.write($0, of: name) }
    }
    try writer.commit()
  }
}

/// A configuration by which no parameter is trained.
struct NothingToTrain: Error, CustomStringConvertible {
  let component: String
  var description: String {
    "no parameter of the \(component) is trained by 'train', 'freeze' and 'lora'"
  }
}

/// What an adapter begins with: a random first factor and zeros, which change nothing.
private enum AdapterStart {
  /// - Throws: ``NothingToTrain`` where no linear layer is chosen.
  static func write(
    to path: String, for weights: CheckpointWeights, adapter: TrainingConfiguration.Adapter,
    seed: UInt64
  ) throws {
    let layers = try weights.keys.sorted().compactMap { key -> (name: String, shape: [Int])? in
      guard key.hasSuffix(".weight"), adapter.layers.contains(where: { key.contains($0) }),
        let shape = try weights.declaration(of: key)?.shape, shape.count == 2
      else { return nil }
      return (String(key.dropLast(".weight".count)), shape)
    }
    guard !layers.isEmpty else { throw NothingToTrain(component: "transformer") }
    var declarations: [TensorDeclaration] = []
    for (name, shape) in layers {
      declarations += [
        TensorDeclaration(name: "\(name).alpha", dtype: .float32, shape: [1]),
        TensorDeclaration(
          name: "\(name).lora_A.weight", dtype: .float32, shape: [adapter.rank, shape[1]]),
        TensorDeclaration(
          name: "\(name).lora_B.weight", dtype: .float32, shape: [shape[0], adapter.rank]),
      ]
    }
    let writer = try SafetensorsWriter(path: path, overwriting: true, declarations)
    for (place, (name, shape)) in layers.enumerated() {
      var random = SeededRandom(seed: seed, for: .adapter, place)
      let generator = try Generator(seed: random.generatorSeed())
      // The spread of PEFT's first factor, uniform in ±1/√I, as a normal number.
      let down =
        try Tensor.normal([adapter.rank, shape[1]], generator: generator)
        * (1 / (3 * Double(shape[1])).squareRoot())
      let tensors = [
        ("alpha", try Tensor([Float(adapter.alpha)], shape: [1])),
        ("lora_A.weight", down), ("lora_B.weight", try Tensor.zeros([shape[0], adapter.rank])),
      ]
      for (part, tensor) in tensors {
        try tensor.withUnsafeBytes { try writer.write($0, of: "\(name).\(part)") }
      }
    }
    try writer.commit()
  }
}
