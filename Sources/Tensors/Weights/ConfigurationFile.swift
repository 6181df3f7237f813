import FoundationEssentials
import Glibc
import OneLine
import RegularFiles

/// A JSON file of a checkpoint that cannot be read or asks for what cannot be.
package struct ConfigurationError: Error, Hashable, Sendable, CustomStringConvertible {
  package let path: String
  /// Where in the file, keys joined by dots; empty for the file as a whole.
  package let key: String
  package let reason: String
  /// Whether the file could not be opened at all, as opposed to opened and found bad.
  package let isUnopenable: Bool

  package init(path: String, key: String = "", reason: String, isUnopenable: Bool = false) {
    self.path = path
    self.key = key
    self.reason = reason
    self.isUnopenable = isUnopenable
  }

  package var description: String {
    onOneLine(key.isEmpty ? "\(path): \(reason)" : "\(path): '\(key)': \(reason)")
  }
}

/// A value of a configuration that no model can be built with.
package struct InvalidSetting: Error, Hashable, Sendable {
  package let key: String
  package let reason: String

  package init(_ key: String, _ reason: String) {
    self.key = key
    self.reason = reason
  }

  /// Checks that a size is in its range.
  package static func check(
    _ key: String, _ value: Int, in range: ClosedRange<Int>
  ) throws(InvalidSetting) {
    guard range.contains(value) else {
      throw InvalidSetting(
        key, "\(value) is not in \(range.lowerBound)...\(range.upperBound)")
    }
  }
}

/// The configuration of one component of a checkpoint, decoded from the checkpoint's own file.
package protocol CheckpointConfiguration: Decodable, Sendable {
  /// Checks every size before anything is allocated by it.
  func validate() throws(InvalidSetting)
}

extension CheckpointConfiguration {
  /// Reads, decodes and validates a JSON file of at most 16 MiB.
  ///
  /// Keys that the type does not know are skipped.
  package init(path: String) throws(ConfigurationError) {
    let bytes = try readConfigurationFile(path)
    do {
      self = try JSONDecoder().decode(Self.self, from: bytes)
    } catch let error as DecodingError {
      throw ConfigurationError(decoding: error, of: bytes, path: path)
    } catch {
      throw ConfigurationError(path: path, reason: "is not JSON")
    }
    do throws(InvalidSetting) {
      try validate()
    } catch {
      throw ConfigurationError(path: path, key: error.key, reason: error.reason)
    }
  }
}

extension ConfigurationError {
  fileprivate init(decoding error: DecodingError, of bytes: Data, path: String) {
    func name(_ path: [any CodingKey]) -> String { path.map(\.stringValue).joined(separator: ".") }
    switch error {
    case .keyNotFound(let key, let context):
      self.init(path: path, key: name(context.codingPath + [key]), reason: "is missing")
    case .valueNotFound(_, let context):
      self.init(path: path, key: name(context.codingPath), reason: "is null")
    case .typeMismatch(let type, let context):
      self.init(path: path, key: name(context.codingPath), reason: "is not \(Self.name(of: type))")
    case .dataCorrupted(let context) where context.codingPath.isEmpty:
      // Foundation reports a number that fits no Swift type like broken JSON and without its key.
      struct Anything: Decodable {}
      let isJSON = (try? JSONDecoder().decode(Anything.self, from: bytes)) != nil
      self.init(
        path: path, reason: isJSON ? "holds a number that is too large or not whole" : "is not JSON"
      )
    case .dataCorrupted(let context):
      self.init(path: path, key: name(context.codingPath), reason: context.debugDescription)
    @unknown default:
      self.init(path: path, reason: "cannot be decoded")
    }
  }
}

extension ConfigurationError {
  /// What JSON calls a Swift type.
  private static func name(of type: Any.Type) -> String {
    switch type {
    case is Bool.Type: "true or false"
    case is String.Type: "a text"
    case is any BinaryInteger.Type: "a whole number"
    case is any BinaryFloatingPoint.Type: "a number"
    case is any Sequence.Type where !"\(type)".hasPrefix("Dictionary"): "a list"
    default: "an object"
    }
  }
}

/// The bytes of a regular file of at most 16 MiB.
private func readConfigurationFile(_ path: String) throws(ConfigurationError) -> Data {
  let bytes: [UInt8]
  do throws(RegularFileError) {
    bytes = try RegularFile.contents(path: path, limit: 16 << 20)
  } catch {
    switch error {
    case .systemCallFailed(_, let code):
      throw ConfigurationError(
        path: path, reason: "cannot be opened: \(String(cString: strerror(code)))",
        isUnopenable: true)
    case .notARegularFile:
      throw ConfigurationError(path: path, reason: "is not a regular file", isUnopenable: true)
    case .tooLong(let byteCount, _):
      throw ConfigurationError(path: path, reason: "has \(byteCount) bytes, more than 16 MiB")
    }
  }
  guard !bytes.isEmpty else { throw ConfigurationError(path: path, reason: "is empty") }
  return Data(bytes)
}
