import AtomicFiles
import FoundationEssentials
import Safetensors
import Torch
import Weights

/// A model folder of the official layout written again with weights of another type, such as a trained one to give away.
///
/// Int8 weights, which stand beside their factors, become real ones again unless the conversion quantizes.
package struct CheckpointConversion: Sendable {
  /// Components and how the files of their weights begin; transformers and diffusers look for different names.
  static let stems = [
    (component: "text_encoder", stem: "model"),
    (component: "transformer", stem: "diffusion_pytorch_model"),
    (component: "vae", stem: "diffusion_pytorch_model"),
  ]

  /// What the new weights take.
  package let byteCount: Int
  private let folder: CheckpointFolder
  private let dtype: DType
  private let components: [Component]

  /// A component's weights, and the keys in its files of those that become int8.
  private struct Component {
    let name: String
    let stem: String
    let weights: CheckpointWeights
    let int8Keys: Set<String>

    /// The key of the factors of an int8 weight, or nil where the weight is another.
    func scaleKey(of entry: TensorEntry) -> String? {
      let key = entry.name + WeightScope.scaleSuffix
      return entry.dtype == .int8 && weights.shards.entry(named: key) != nil ? key : nil
    }

    /// Whether an entry is the factors of an int8 weight, which are written with it.
    func isScale(_ entry: TensorEntry) -> Bool {
      guard entry.name.hasSuffix(WeightScope.scaleSuffix) else { return false }
      let key = String(entry.name.dropLast(WeightScope.scaleSuffix.count))
      return weights.shards.entry(named: key)?.dtype == .int8
    }

    /// What is written for the entries, in their order.
    func declarations(_ dtype: DType) -> [TensorDeclaration] {
      weights.shards.entries.filter { !isScale($0) }.flatMap { entry in
        guard int8Keys.contains(entry.name) else {
          return [TensorDeclaration(name: entry.name, dtype: dtype.stored, shape: entry.shape)]
        }
        return [
          TensorDeclaration(name: entry.name, dtype: .int8, shape: entry.shape),
          TensorDeclaration(
            name: entry.name + WeightScope.scaleSuffix, dtype: .float32, shape: [entry.shape[0], 1]),
        ]
      }
    }
  }

  /// Opens the model; every component is compared with its network.
  ///
  /// - Parameters:
  ///   - path: The model folder.
  ///   - dtype: The type of the new weights.
  ///   - quantizingLinearWeights: Whether weights of linear layers become int8 where the layers bear it.
  /// - Throws: What opening a pipeline throws.
  package init(
    of path: String, to dtype: DType, quantizingLinearWeights: Bool = false
  ) throws {
    folder = try CheckpointFolder(path: path)
    self.dtype = dtype
    let files = try folder.openPipeline()
    let int8Keys: [String: Set<String>] =
      quantizingLinearWeights
      ? [
        "text_encoder": files.text.network.int8Keys, "transformer": files.transformer.int8Keys,
      ] : [:]
    components = try Self.stems.map { component, stem in
      Component(
        name: component, stem: stem, weights: try CheckpointWeights(path: "\(path)/\(component)"),
        int8Keys: int8Keys[component] ?? [])
    }
    byteCount = components.reduce(0) { total, component in
      total
        + component.declarations(dtype).reduce(0) {
          $0 + ($1.dtype.byteCount(of: $1.shape) ?? 0)
        }
    }
  }

  /// Writes the folder, which appears as a whole or not at all.
  ///
  /// Needs the memory of one tensor.
  /// - Parameters:
  ///   - path: The new folder; its parent must exist.
  ///   - isReplacing: Whether a model folder of that name gives way to the new one.
  ///   - report: Told of each component before its weights are written.
  /// - Throws: `OutputError`, `SafetensorsError`, `TorchError`, `CancellationError` between tensors.
  package func write(
    to path: String, replacing isReplacing: Bool = false, report: (String) -> Void = { _ in }
  ) throws {
    let target = try ReplaceableFolder(path, replacing: isReplacing)
    try target.requireRoom(for: byteCount)
    let output = try AtomicFolder(at: target.temporaryPath)
    for name in try folder.fileNames() where !Self.isOfWeights(name) {
      var bytes = [UInt8](try Data(contentsOf: URL(filePath: "\(folder.path)/\(name)")))
      if name == "text_encoder/config.json" { bytes = naming(dtype, in: bytes) }
      try output.write(bytes, named: name)
    }
    for component in components {
      report(component.name)
      try write(component, in: output)
      try component.weights.shards.verifyUnchanged()
    }
    try output.commit()
    try target.show()
  }

  private func write(_ component: Component, in output: AtomicFolder) throws {
    let weights = component.weights
    let writer = try ShardedSafetensorsWriter(
      stem: "\(component.name)/\(component.stem)", in: output, component.declarations(dtype))
    for entry in weights.shards.entries where !component.isScale(entry) {
      try Task.checkCancellation()
      guard var tensor = try weights.tensor(entry.name, shape: entry.shape) else { continue }
      var scales: Tensor?
      if let key = component.scaleKey(of: entry) {
        scales = try weights.tensor(key, shape: [entry.shape[0], 1])
      }
      if component.int8Keys.contains(entry.name) {
        if scales == nil {
          let real = tensor.dtype == .bfloat16 ? tensor : try tensor.converted(to: .float32)
          let rows = try QuantizedRows(rounding: real)
          (tensor, scales) = (rows.numbers, rows.scales)
        }
        try tensor.withUnsafeBytes { try writer.write($0, of: entry.name) }
        try scales?.converted(to: .float32).withUnsafeBytes {
          try writer.write($0, of: entry.name + WeightScope.scaleSuffix)
        }
      } else {
        if let factors = scales { tensor = try tensor.converted(to: .float32) * factors }
        try tensor.converted(to: dtype).withUnsafeBytes { try writer.write($0, of: entry.name) }
      }
      weights.discard(entry.name)
    }
    try writer.commit()
  }

  private static func isOfWeights(_ name: String) -> Bool {
    name.hasSuffix(".safetensors") || name.hasSuffix(".safetensors.index.json")
  }

  /// A configuration in which the type of the weights, as transformers loads them, is another one.
  private func naming(_ dtype: DType, in configuration: [UInt8]) -> [UInt8] {
    var text = String(decoding: configuration, as: UTF8.self)
    for old in [DType.float32, .bfloat16, .float16] {
      text = text.replacing("_dtype\": \"\(old)\"", with: "_dtype\": \"\(dtype)\"")
      text = text.replacing("\"dtype\": \"\(old)\"", with: "\"dtype\": \"\(dtype)\"")
    }
    return Array(text.utf8)
  }
}
