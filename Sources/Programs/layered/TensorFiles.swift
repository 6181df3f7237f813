import AtomicFiles
import LayerDecomposition
import Safetensors
import Torch
import Weights

extension NumberArray {
  /// One tensor of a safetensors file, converted to float32.
  init(tensor name: String, ofFile path: String) throws {
    let file = try SafetensorsFile(path: path)
    guard let entry = file.entry(named: name) else {
      throw SafetensorsError(.noSuchTensor(name), in: path)
    }
    self = try NumberArray(Tensor(entry, of: file.bytes(of: name), in: path))
  }
}

/// The file that the numbers of a run are written to, for comparison with other programs.
struct DumpFile: Sendable {
  private let path: String
  private let isOverwriting: Bool

  /// Checks before the work that the file can be written.
  init(at path: String, isOverwriting: Bool) throws {
    self.path = path
    self.isOverwriting = isOverwriting
    // Begun and dropped.
    try AtomicFile(at: path, overwriting: isOverwriting).discard()
  }

  func write(_ record: DecompositionRecord) throws {
    let sigmas = NumberArray(shape: [record.sigmas.count], values: record.sigmas)
    let arrays: [(name: String, array: NumberArray?)] = [
      ("prompt_embeds", record.promptFeatures), ("condition_latents", record.conditionLatents),
      ("final_latents", record.finalLatents), ("sigmas", sigmas),
    ]
    let writer = try SafetensorsWriter(
      path: path, overwriting: isOverwriting,
      arrays.map { TensorDeclaration(name: $0.name, dtype: .float32, shape: $0.array?.shape ?? []) }
    )
    for (name, array) in arrays {
      try (array?.values ?? []).withUnsafeBytes { try writer.write($0, of: name) }
    }
    try writer.commit()
  }
}
