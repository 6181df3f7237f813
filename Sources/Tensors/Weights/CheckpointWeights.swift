import Safetensors
import Torch

/// The tensors of one component of a checkpoint, over its memory-mapped files.
///
/// A tensor shares the file's pages: nothing is copied until its type or device is changed, and memory is used
/// only for what is touched. The mapping ends when the last tensor over it is gone.
package struct CheckpointWeights: WeightSource {
  package let shards: ShardedSafetensors
  private let keyMap: KeyMap

  /// - Parameters:
  ///   - path: The component's folder, or one safetensors file.
  ///   - keyMap: From the keys in the files to the network's keys, chosen after a look at the former.
  /// - Throws: ``SafetensorsError`` for the first file that is missing or malformed.
  package init(
    path: String, keyMap: ([String]) -> KeyMap = { _ in KeyMap([]) }
  ) throws(SafetensorsError) {
    shards = try ShardedSafetensors(path: path)
    self.keyMap = keyMap(shards.entries.map(\.name))
  }

  package var name: String { shards.path }
  package var keys: [String] { shards.entries.map { keyMap.networkKey($0.name) } }

  /// The key in the files of a tensor of the network.
  package func checkpointKey(_ key: String) -> String { keyMap.checkpointKey(key) }

  /// The shape and type of a tensor as the file's header declares them, or nil where there is none.
  package func declaration(of key: String) throws(WeightError) -> (shape: [Int], dtype: DType)? {
    guard let entry = shards.entry(named: keyMap.checkpointKey(key)) else { return nil }
    guard let dtype = DType(entry.dtype) else {
      throw WeightError(
        source: name, problems: [.wrongType(key: entry.name, found: entry.dtype.rawValue)])
    }
    return (entry.shape, dtype)
  }

  package func tensor(_ key: String, shape: [Int]) throws -> Tensor? {
    let stored = keyMap.checkpointKey(key)
    guard let entry = shards.entry(named: stored) else { return nil }
    return try Tensor(entry, of: shards.bytes(of: stored), in: shards.path)
  }

  /// Gives the pages of the tensor back to the system, which reads the file again at the next touch.
  package func discard(_ key: String) {
    try? shards.bytes(of: keyMap.checkpointKey(key)).discard()
  }
}

extension Tensor {
  /// A tensor over the mapped bytes of a file, copied only where they are not aligned to the element's size.
  ///
  /// - Throws: ``WeightError`` for element types that libtorch does not have.
  package init(_ entry: TensorEntry, of stored: TensorBytes, in path: String) throws {
    guard let dtype = DType(entry.dtype) else {
      throw WeightError(
        source: path, problems: [.wrongType(key: entry.name, found: entry.dtype.rawValue)])
    }
    let address = Int(bitPattern: stored.bytes.baseAddress)
    if address.isMultiple(of: dtype.byteCount) {
      try self.init(
        memory: stored.bytes, owner: stored.owner, shape: entry.shape, dtype: dtype)
    } else {
      try self.init(shape: entry.shape, dtype: dtype) { $0.copyMemory(from: stored.bytes) }
      stored.discard()
    }
  }
}

extension DType {
  /// The type of the same name in a safetensors file, where libtorch can compute with it.
  init?(_ stored: StoredDType) {
    switch stored {
    case .bool: self = .bool
    case .uint8: self = .uint8
    case .int8: self = .int8
    case .int16: self = .int16
    case .int32: self = .int32
    case .int64: self = .int64
    case .float16: self = .float16
    case .bfloat16: self = .bfloat16
    case .float32: self = .float32
    case .float64: self = .float64
    default: return nil
    }
  }

  /// The name of this type in a safetensors file.
  package var stored: StoredDType {
    switch self {
    case .bool: .bool
    case .uint8: .uint8
    case .int8: .int8
    case .int16: .int16
    case .int32: .int32
    case .int64: .int64
    case .float16: .float16
    case .bfloat16: .bfloat16
    case .float32: .float32
    case .float64: .float64
    }
  }
}
