import AtomicFiles
import Checkpoints
import Deflate
import FoundationEssentials
import Glibc
import OneLine
import ProcessGroups
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

    /// A tensor in memory of its own.
    func tensor(_ name: String) throws -> Tensor {
      guard let entry = tensors.entry(named: name) else {
        throw BrokenCheckpoint(path: path, reason: "'\(name)' is missing")
      }
      return try Tensor(entry, of: tensors.bytes(of: name), in: path).copied()
    }

    /// What the optimizer knew of a parameter.
    func optimizerState(of key: String, index: Int) throws -> ShardedAdamW.State {
      guard state.optimizerStepCounts.indices.contains(index) else {
        throw BrokenCheckpoint(path: path, reason: "it has no steps of parameter \(index)")
      }
      return ShardedAdamW.State(
        master: try tensor("master/" + key),
        moments: AdamW.Moments(
          first: try tensor("first/" + key), second: try tensor("second/" + key)),
        stepCount: state.optimizerStepCounts[index])
    }
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

  /// A checkpoint in the making, whose tensors come one after the other.
  final class Writing {
    private let output: AtomicFolder
    private let writer: SafetensorsWriter
    private var state: TrainingState

    /// Begins a checkpoint.
    ///
    /// - Parameters:
    ///   - path: Of the checkpoint.
    ///   - state: Its checksums are found here.
    ///   - declarations: The optimizer's tensors in the order in which they will come.
    ///   - writeModel: Adds the model or adapter to the folder.
    /// - Throws: `OutputError`, and what `writeModel` throws.
    fileprivate init(
      at path: String, _ state: TrainingState, _ declarations: [TensorDeclaration],
      model writeModel: (AtomicFolder) throws -> Void
    ) throws {
      output = try AtomicFolder(at: path)
      try writeModel(output)
      writer = try SafetensorsWriter(named: tensorsName, in: output, declarations)
      self.state = state
      self.state.checksums = [:]
    }

    /// Appends the tensor whose turn it is.
    func append(_ tensor: Tensor, named name: String) throws {
      try tensor.detached().withUnsafeBytes { bytes in
        state.checksums[name] = crc32Checksum(bytes)
        try writer.write(bytes, of: name)
      }
    }

    /// Shows the checkpoint.
    fileprivate func commit() throws {
      try writer.commit()
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.sortedKeys, .prettyPrinted]
      try output.write(Array(encoder.encode(state)), named: stateName)
      try output.commit()
    }
  }

  /// Begins the checkpoint behind a step.
  ///
  /// - Parameters:
  ///   - state: Where the run stands.
  ///   - declarations: The optimizer's tensors in the order in which they will come.
  ///   - writeModel: Adds the model or adapter to the folder.
  /// - Returns: `nil` where the checkpoint is there already.
  /// - Throws: `OutputError`, and what `writeModel` throws.
  func begin(
    _ state: TrainingState, _ declarations: [TensorDeclaration],
    model writeModel: (AtomicFolder) throws -> Void
  ) throws -> Writing? {
    try makeFolder(folder)
    let path = path(ofStep: state.step)
    guard access(path, F_OK) != 0 else { return nil }
    return try Writing(at: path, state, declarations, model: writeModel)
  }

  /// Shows a checkpoint, then removes the oldest beyond those that are kept.
  ///
  /// - Throws: `OutputError`; earlier checkpoints are then as they were.
  func commit(_ writing: Writing, keeping keptCount: Int) throws {
    try writing.commit()
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
