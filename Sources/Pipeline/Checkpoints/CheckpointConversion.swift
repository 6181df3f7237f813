import AtomicFiles
import FoundationEssentials
import Safetensors
import Torch
import Weights

/// A model folder of the official layout written again with weights of another type, such as a trained one to give away.
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
  private let weights: [CheckpointWeights]

  /// Opens the model; every component is compared with its network.
  ///
  /// - Parameters:
  ///   - path: The model folder.
  ///   - dtype: The type of the new weights.
  /// - Throws: What opening a pipeline throws.
  package init(of path: String, to dtype: DType) throws {
    folder = try CheckpointFolder(path: path)
    self.dtype = dtype
    _ = try folder.openPipeline()
    weights = try Self.stems.map { try CheckpointWeights(path: "\(path)/\($0.component)") }
    byteCount = weights.reduce(0) { sum, weights in
      sum + weights.shards.entries.reduce(0) { $0 + $1.elementCount * dtype.byteCount }
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
    for ((component, stem), weights) in zip(Self.stems, weights) {
      report(component)
      try write(weights, as: "\(component)/\(stem)", in: output)
      try weights.shards.verifyUnchanged()
    }
    try output.commit()
    try target.show()
  }

  private func write(
    _ weights: CheckpointWeights, as stem: String, in output: AtomicFolder
  ) throws {
    let entries = weights.shards.entries
    let writer = try ShardedSafetensorsWriter(
      stem: stem, in: output,
      entries.map { TensorDeclaration(name: $0.name, dtype: dtype.stored, shape: $0.shape) })
    for entry in entries {
      try Task.checkCancellation()
      guard let tensor = try weights.tensor(entry.name, shape: entry.shape) else { continue }
      try tensor.converted(to: dtype).withUnsafeBytes { try writer.write($0, of: entry.name) }
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
