import Glibc
import OneLine
import RegularFiles

/// Why a dataset or one of its samples cannot be read.
package struct ShardError: Error, Hashable, Sendable {
  package enum Reason: Error, Hashable, Sendable {
    case unavailable(RegularFileError)
    case badJSON(String)
    case badIndex(String)
    /// The file has another length than the index says.
    case byteCount(found: Int, expected: Int)
    /// The bytes are not those that were written.
    case checksum(found: String, expected: String)
    case badTar(String, offset: Int)
    case missingMember(String)
    case memberCount(found: Int, expected: Int)
    case otherKey(found: String)
    case badPicture(String, String)
    case sample(SampleFault)
    case sampleTooLong(byteCount: Int, limit: Int)
    /// A position that was kept while another dataset was read, or an impossible one.
    case foreignPosition
  }

  /// The shard or index.
  package let file: String
  /// The sample, where it is one that cannot be read.
  package let key: String?
  /// The first byte of the sample in its shard.
  package let offset: Int?
  package let reason: Reason

  package init(_ reason: Reason, in file: String, key: String? = nil, offset: Int? = nil) {
    self.reason = reason
    self.file = file
    self.key = key
    self.offset = offset
  }
}

extension ShardError {
  /// Whether the file could not be opened, in contrast to one that was read and is bad.
  package var isInputUnavailable: Bool {
    switch reason {
    case .unavailable(.systemCallFailed), .unavailable(.notARegularFile): true
    default: false
    }
  }
}

extension ShardError: CustomStringConvertible {
  /// One line: the file, the sample and its place, then what is wrong.
  package var description: String {
    var place = file
    if let key { place += ": sample '\(key)'" }
    if let offset { place += " at byte \(offset)" }
    return onOneLine("\(place): \(reason)")
  }
}

extension ShardError.Reason: CustomStringConvertible {
  /// What is wrong.
  package var description: String {
    switch self {
    case .unavailable(.systemCallFailed("open", ENOENT)): "no such file"
    case .unavailable(.systemCallFailed(let operation, let code)):
      "cannot be read: \(operation): \(String(cString: strerror(code)))"
    case .unavailable(.notARegularFile): "is not a regular file"
    case .unavailable(.tooLong(let byteCount, let limit)):
      "the file has \(byteCount) bytes, the limit is \(limit)"
    case .badJSON(let detail): "the JSON is malformed: \(detail)"
    case .badIndex(let detail): "the index is wrong: \(detail)"
    case .byteCount(let found, let expected):
      "the file has \(found) bytes, the index says \(expected)"
    case .checksum(let found, let expected):
      "the bytes are damaged: checksum \(found), expected \(expected)"
    case .badTar(let detail, let offset): "\(detail), at byte \(offset) of the sample"
    case .missingMember(let name): "'\(name)' is not where it belongs"
    case .memberCount(let found, let expected): "\(found) files, expected \(expected)"
    case .otherKey(let key): "it describes itself as '\(key)'"
    case .badPicture(let name, let detail): "'\(name)': \(detail)"
    case .sample(let fault): "\(fault.reason)"
    case .sampleTooLong(let byteCount, let limit):
      "it has \(byteCount) bytes, the limit is \(limit)"
    case .foreignPosition: "the position was kept while another dataset was read"
    }
  }
}
