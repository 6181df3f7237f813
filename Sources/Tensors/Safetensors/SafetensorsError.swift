import Glibc
import StrictJSON

/// Why a weights file, or a folder of them, was refused.
package struct SafetensorsError: Error, Hashable, Sendable {
  package enum Reason: Error, Hashable, Sendable {
    // Opening.
    case systemCallFailed(String, errno: Int32)
    case notARegularFile

    // Other things under the name of a weights file.
    case emptyFile
    case gitLFSPointer
    case webPage
    case pickle
    case gguf

    // The header as a whole.
    case tooShort(byteCount: Int)
    case emptyHeader
    case headerTooLong(UInt64, limit: Int)
    case headerBeyondEnd(UInt64, byteCount: Int)
    case headerNotAnObject(firstByte: UInt8)
    case malformedHeader(JSONError)

    // One tensor of the header; offsets count from the first byte of the file.
    case nameTooLong(byteCount: Int, limit: Int, offset: Int)
    case missingField(String, tensor: String, offset: Int)
    case unknownDType(String, tensor: String, offset: Int)
    case tooManyAxes(tensor: String, limit: Int, offset: Int)
    case sizeOverflow(tensor: String, shape: [UInt64], offset: Int)
    case partialByte(tensor: String, dtype: StoredDType, shape: [Int], offset: Int)
    case malformedOffsets(tensor: String, offset: Int)
    case reversedOffsets(tensor: String, begin: UInt64, end: UInt64, offset: Int)
    case sizeMismatch(tensor: String, expected: Int, found: Int, offset: Int)

    // The layout of the data; offsets count from the first byte after the header.
    case overlap(tensor: String, begin: Int, expected: Int)
    case hole(tensor: String, begin: Int, expected: Int)
    case truncated(missing: Int, byteCount: Int)
    case trailingBytes(Int)

    // Use.
    case noSuchTensor(String)
    case unsupportedDType(StoredDType, tensor: String)
    case changedSinceOpening(String)

    // Folders and shards.
    case noWeights
    case missingIndex(shard: String)
    case onlyPickles(String)
    case ambiguousWeights([String])
    case indexTooLong(byteCount: Int, limit: Int)
    case malformedIndex(JSONError)
    case missingWeightMap
    case unsafeShardName(String, tensor: String)
    case missingShard(String)
    case linkLeavesFolder(String, target: String)
    case tensorInWrongShard(String, expected: String, found: String)
    case tensorMissingInShard(String, shard: String)
  }

  /// The file or folder, as it was given.
  package let path: String
  package let reason: Reason

  package init(_ reason: Reason, in path: String) {
    self.path = path
    self.reason = reason
  }

  /// Whether there was no room to map a file that may be good.
  package var isOutOfMemory: Bool {
    if case .systemCallFailed(_, ENOMEM) = reason { true } else { false }
  }

  /// Whether the input could not be opened at all, as opposed to opened and found bad.
  package var isUnopenable: Bool {
    switch reason {
    case .systemCallFailed, .notARegularFile, .noWeights, .missingShard: true
    default: false
    }
  }
}

extension SafetensorsError: CustomStringConvertible {
  package var description: String {
    "\(oneLine(path, limit: Int(PATH_MAX))): \(reason)"
  }
}

extension SafetensorsError.Reason: CustomStringConvertible {
  package var description: String {
    switch self {
    case .systemCallFailed(let call, let code): "\(call) failed: \(String(cString: strerror(code)))"
    case .notARegularFile: "not a regular file"
    case .emptyFile: "the file is empty"
    case .gitLFSPointer: "this is a Git LFS pointer: the real file was not downloaded"
    case .webPage: "this is a web page, not weights: the download did not reach the file"
    case .pickle:
      "this is a pickle or a PyTorch archive: pickle files can execute code and are never read"
    case .gguf: "this is a GGUF file; only safetensors are read here"
    case .tooShort(let count): "\(count) bytes are too few, a header length takes 8"
    case .emptyHeader: "header length at byte 0 is 0"
    case .headerTooLong(let length, let limit):
      "header length at byte 0 is \(length), more than the limit of \(limit) bytes"
    case .headerBeyondEnd(let length, let count):
      "header length at byte 0 is \(length), but the file has only \(count) bytes"
    case .headerNotAnObject(let byte): "the header at byte 8 starts with byte \(byte), not with '{'"
    case .malformedHeader(let error):
      "malformed header: \(error.reason) at byte \(error.offset + 8)"
    case .nameTooLong(let count, let limit, let offset):
      "tensor name of \(count) bytes at byte \(offset), more than the limit of \(limit)"
    case .missingField(let field, let tensor, let offset):
      "tensor \(oneLine(tensor)) at byte \(offset) has no \"\(field)\""
    case .unknownDType(let dtype, let tensor, let offset):
      "tensor \(oneLine(tensor)) at byte \(offset) has the unknown dtype \(oneLine(dtype))"
    case .tooManyAxes(let tensor, let limit, let offset):
      "tensor \(oneLine(tensor)) at byte \(offset) has more than \(limit) axes"
    case .sizeOverflow(let tensor, let shape, let offset):
      "tensor \(oneLine(tensor)) at byte \(offset) has the impossible shape \(shape)"
    case .partialByte(let tensor, let dtype, let shape, let offset):
      "tensor \(oneLine(tensor)) at byte \(offset): \(shape) of \(dtype.rawValue) end inside a byte"
    case .malformedOffsets(let tensor, let offset):
      "tensor \(oneLine(tensor)) at byte \(offset): \"data_offsets\" are not two numbers"
    case .reversedOffsets(let tensor, let begin, let end, let offset):
      "tensor \(oneLine(tensor)) at byte \(offset): \"data_offsets\" [\(begin), \(end)] are impossible"
    case .sizeMismatch(let tensor, let expected, let found, let offset):
      "tensor \(oneLine(tensor)) at byte \(offset): dtype and shape need \(expected) bytes, "
        + "\"data_offsets\" give \(found)"
    case .overlap(let tensor, let begin, let expected):
      "tensor \(oneLine(tensor)) begins at data byte \(begin), inside one that ends at \(expected)"
    case .hole(let tensor, let begin, let expected):
      "tensor \(oneLine(tensor)) begins at data byte \(begin), \(begin - expected) bytes "
        + "after the end of the one before"
    case .truncated(let missing, let count):
      "truncated: the file has \(count) bytes, \(missing) fewer than its header declares "
        + "(an interrupted download?)"
    case .trailingBytes(let count): "\(count) bytes follow the last tensor"
    case .noSuchTensor(let name): "no tensor \(oneLine(name))"
    case .unsupportedDType(let dtype, let tensor):
      "tensor \(oneLine(tensor)) has dtype \(dtype.rawValue), which is not supported"
    case .changedSinceOpening(let what): "the file changed since it was opened: \(what)"
    case .noWeights: "the folder holds no .safetensors file"
    case .missingIndex(let shard):
      "the folder holds shards such as \(oneLine(shard)), but no .safetensors.index.json"
    case .onlyPickles(let name):
      "the folder holds no .safetensors file, only \(oneLine(name)): "
        + "pickle files can execute code and are never read"
    case .ambiguousWeights(let names):
      "the folder holds several weights: \(names.map { oneLine($0) }.joined(separator: ", "))"
    case .indexTooLong(let count, let limit):
      "an index of \(count) bytes, more than the limit of \(limit)"
    case .malformedIndex(let error): "malformed index: \(error)"
    case .missingWeightMap: "the index has no \"weight_map\""
    case .unsafeShardName(let shard, let tensor):
      "\"weight_map\" gives tensor \(oneLine(tensor)) the file \(oneLine(shard)), "
        + "which is not the name of a .safetensors file in the same folder"
    case .missingShard(let shard): "the shard \(oneLine(shard)) of the index is missing"
    case .linkLeavesFolder(let name, let target):
      "\(oneLine(name)) is a link that leaves the model folder, to \(oneLine(target))"
    case .tensorInWrongShard(let tensor, let expected, let found):
      "tensor \(oneLine(tensor)) is in \(oneLine(found)), the index says \(oneLine(expected))"
    case .tensorMissingInShard(let tensor, let shard):
      "tensor \(oneLine(tensor)) is not in \(oneLine(shard)), where the index says it is"
    }
  }
}
