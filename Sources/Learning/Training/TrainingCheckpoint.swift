import AtomicFiles
import Checkpoints
import Deflate
import FoundationEssentials
import Glibc
import OneLine
import RegularFiles
import Safetensors
import Torch
import TorchOptim
import Weights

/// The checkpoints of a run: folders `step-00000020` that appear whole or not at all.
///
/// Each is a model of the official layout, which every program that reads one can use at once; what is not trained is
/// linked, not copied. Its folder `training` holds what the run needs to go on to the bit: `state.json` and
/// `optimizer.safetensors` with, for every trained parameter, `master/KEY`, `first/KEY`, `second/KEY` and, where one is
/// kept, `average/KEY`, all float32. Of an adapter's run a checkpoint holds `pytorch_lora_weights.safetensors` in place of
/// a model.
struct TrainingCheckpoint {
  /// A folder for all checkpoints of a run.
  let folder: String

  static let adapterName = "pytorch_lora_weights.safetensors"
  private static let stateName = "training/state.json"
  private static let tensorsName = "training/optimizer.safetensors"

  /// What a checkpoint says, checked but for the tensors' numbers.
  struct Found {
    let path: String
    let state: TrainingState
    let tensors: SafetensorsFile
  }

  /// A checkpoint in which something is missing or other than it was written.
  struct BrokenCheckpoint: Error, CustomStringConvertible {
    let path: String
    let reason: String
    var description: String { onOneLine("\(path): \(reason)") }
  }

  // MARK: Reading

  /// The newest checkpoint that is whole.
  ///
  /// - Parameter warn: Told of newer ones that are not.
  /// - Returns: `nil` where there is none at all.
  /// - Throws: Where there are checkpoints and none is whole.
  func newest(warn: (String) -> Void) throws -> Found? {
    var failure: (any Error)?
    for name in try names().reversed() {
      do {
        return try read(folder + "/" + name)
      } catch {
        warn("a checkpoint is not whole and is passed over: \(error)")
        failure = failure ?? error
      }
    }
    if let failure { throw failure }
    return nil
  }

  private func names() throws -> [String] {
    guard access(folder, F_OK) == 0 else { return [] }
    return try FileManager.default.contentsOfDirectory(atPath: folder)
      .filter { $0.hasPrefix("step-") && $0.dropFirst(5).allSatisfy(\.isNumber) }.sorted()
  }

  private func read(_ path: String) throws -> Found {
    let bytes: [UInt8]
    do throws(RegularFileError) {
      bytes = try RegularFile.contents(path: path + "/" + Self.stateName, limit: 1 << 30)
    } catch {
      throw BrokenCheckpoint(path: path, reason: "\(Self.stateName) cannot be read")
    }
    guard let state = try? JSONDecoder().decode(TrainingState.self, from: Data(bytes)) else {
      throw BrokenCheckpoint(path: path, reason: "\(Self.stateName) is not that of a run")
    }
    guard state.format == TrainingState.currentFormat else {
      throw BrokenCheckpoint(
        path: path,
        reason: "it has format \(state.format), this program reads \(TrainingState.currentFormat)")
    }
    let found = Found(
      path: path, state: state, tensors: try SafetensorsFile(path: path + "/" + Self.tensorsName))
    for entry in found.tensors.entries {
      let bytes = try found.tensors.bytes(of: entry.name)
      guard state.checksums[entry.name] == crc32Checksum(bytes.bytes) else {
        throw BrokenCheckpoint(path: path, reason: "'\(entry.name)' is not as it was written")
      }
      bytes.discard()
    }
    return found
  }

  // MARK: Writing

  /// Writes a checkpoint, then removes the oldest beyond those that are kept.
  ///
  /// - Parameters:
  ///   - state: Its checksums are found here.
  ///   - tensors: By name, those of the run.
  ///   - keptCount: At least 1.
  ///   - writeModel: Adds the model or adapter to the folder.
  /// - Throws: `OutputError`; earlier checkpoints are then as they were.
  func write(
    _ state: TrainingState, tensors: [(name: String, tensor: Tensor)], keeping keptCount: Int,
    model writeModel: (AtomicFolder) throws -> Void
  ) throws {
    try makeFolder(folder)
    let path = path(ofStep: state.step)
    guard access(path, F_OK) != 0 else { return }
    let output = try AtomicFolder(at: path)
    try writeModel(output)
    let writer = try SafetensorsWriter(
      named: Self.tensorsName, in: output,
      tensors.map {
        TensorDeclaration(name: $0.name, dtype: $0.tensor.dtype.stored, shape: $0.tensor.shape)
      })
    var state = state
    state.checksums = [:]
    for (name, tensor) in tensors {
      try tensor.withUnsafeBytes { bytes in
        state.checksums[name] = crc32Checksum(bytes)
        try writer.write(bytes, of: name)
      }
    }
    try writer.commit()
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .prettyPrinted]
    try output.write(Array(encoder.encode(state)), named: Self.stateName)
    try output.commit()
    for name in try names().dropLast(max(keptCount, 1)) {
      try? FileManager.default.removeItem(atPath: folder + "/" + name)
    }
  }

  /// The folder of the checkpoint behind that step.
  func path(ofStep step: Int) -> String { "\(folder)/\(Self.name(ofStep: step))" }

  private static func name(ofStep step: Int) -> String {
    let digits = String(step)
    return "step-" + String(repeating: "0", count: max(0, 8 - digits.count)) + digits
  }
}
