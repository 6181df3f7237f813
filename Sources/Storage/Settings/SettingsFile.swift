import Glibc
import RegularFiles
import Yams

/// Settings of a run in YAML.
///
/// A file has at most 1 MiB. libyaml bounds how deep it nests, and only the keys that are asked for are looked at,
/// so aliases of aliases cost nothing.
package enum SettingsFile {
  private static let byteLimit = 1 << 20

  /// Reads a file.
  ///
  /// - Parameter path: A regular file.
  /// - Returns: Its mapping; a file without settings is an empty one.
  /// - Throws: ``SettingsError``.
  package static func read(_ path: String) throws(SettingsError) -> SettingsSection {
    let bytes: [UInt8]
    do throws(RegularFileError) {
      bytes = try RegularFile.contents(path: path, limit: byteLimit)
    } catch {
      let reason: String =
        switch error {
        case .systemCallFailed(_, let code): "cannot be opened: \(String(cString: strerror(code)))"
        case .notARegularFile: "is not a regular file"
        case .tooLong(let byteCount, _): "has \(byteCount) bytes, more than 1 MiB"
        }
      throw SettingsError(path: path, reason, isUnopenable: true)
    }
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw SettingsError(path: path, "is not UTF-8")
    }
    return try parse(text, path: path)
  }

  /// Reads settings that are at hand as text.
  ///
  /// - Parameters:
  ///   - text: YAML.
  ///   - path: What errors call it.
  /// - Returns: Its mapping.
  /// - Throws: ``SettingsError``.
  package static func parse(_ text: String, path: String) throws(SettingsError) -> SettingsSection {
    let node: Node?
    do {
      node = try Yams.compose(yaml: text)
    } catch let error as YamlError {
      throw SettingsError(path: path, line: error.line, "is not YAML: \(error.problem)")
    } catch {
      throw SettingsError(path: path, "is not YAML")
    }
    switch node {
    case nil: return SettingsSection(path: path, key: "", line: 1, mapping: Node.Mapping([]))
    case .mapping(let mapping)?:
      return SettingsSection(path: path, key: "", line: 1, mapping: mapping)
    case let other?:
      if other.null != nil {
        return SettingsSection(path: path, key: "", line: 1, mapping: Node.Mapping([]))
      }
      throw SettingsError(path: path, line: other.mark?.line, "is not a mapping of keys to values")
    }
  }
}

extension YamlError {
  fileprivate var line: Int? {
    switch self {
    case .scanner(_, _, let mark, _), .parser(_, _, let mark, _), .composer(_, _, let mark, _):
      mark.line
    default: nil
    }
  }

  fileprivate var problem: String {
    switch self {
    case .scanner(_, let problem, _, _), .parser(_, let problem, _, _),
      .composer(_, let problem, _, _):
      problem
    case .duplicatedKeysInMapping: "a key stands twice in one mapping"
    default: "it cannot be parsed"
    }
  }
}
