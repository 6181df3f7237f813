import OneLine

/// A file of settings that cannot be read, or a setting that is missing, unknown or out of its range.
package struct SettingsError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The file.
  package let path: String
  /// Keys joined by dots; empty for the file as a whole.
  package let key: String
  /// The line of the key or of the fault, from 1, where it is known.
  package let line: Int?
  /// A clause that goes on after the key.
  package let reason: String
  /// Whether the file could not be opened at all.
  package let isUnopenable: Bool

  package init(
    path: String, key: String = "", line: Int? = nil, _ reason: String, isUnopenable: Bool = false
  ) {
    self.path = path
    self.key = key
    self.line = line
    self.reason = reason
    self.isUnopenable = isUnopenable
  }

  package var description: String {
    let place = line.map { "\(path):\($0)" } ?? path
    return onOneLine(key.isEmpty ? "\(place): \(reason)" : "\(place): '\(key)' \(reason)")
  }
}
