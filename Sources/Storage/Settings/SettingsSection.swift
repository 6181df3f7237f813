import Yams

/// One mapping of a file of settings, which knows the keys that were asked for.
///
/// A reader asks for every key that it knows, each with its range, and ends with ``finish()``, which refuses the others.
package final class SettingsSection {
  private let path: String
  private let key: String
  private let line: Int?
  private let mapping: Node.Mapping
  private var known: Set<String> = []
  private var sections: [SettingsSection] = []

  init(path: String, key: String, line: Int?, mapping: Node.Mapping) {
    self.path = path
    self.key = key
    self.line = line
    self.mapping = mapping
  }

  /// Whether the file says something of a key.
  package func has(_ name: String) -> Bool { node(name) != nil }

  // MARK: Values

  /// A text; `nil` where there is none.
  package func text(_ name: String) throws(SettingsError) -> String? {
    try value(name, "is not a text") { $0.scalar?.string }
  }

  /// A list of texts, or one text for a list of one; `nil` where there is none.
  package func texts(_ name: String) throws(SettingsError) -> [String]? {
    try value(name, "is not a text or a list of texts") { node in
      if let text = node.scalar?.string { return [text] }
      guard let sequence = node.sequence else { return nil }
      let texts = sequence.compactMap { $0.scalar?.string }
      return texts.count == sequence.count ? texts : nil
    }
  }

  /// A whole number in a range; `nil` where there is none.
  package func integer(
    _ name: String, in range: ClosedRange<Int>
  ) throws(SettingsError) -> Int? {
    let found = try value(name, "is not a whole number") { $0.int }
    if let found, !range.contains(found) {
      throw error(name, "\(found) is not in \(range.lowerBound)...\(range.upperBound)")
    }
    return found
  }

  /// A number in a range; `nil` where there is none.
  package func real(
    _ name: String, in range: ClosedRange<Double>
  ) throws(SettingsError) -> Double? {
    let found = try value(name, "is not a number") { $0.float }
    if let found, !range.contains(found) {
      throw error(name, "\(found) is not in \(range.lowerBound)...\(range.upperBound)")
    }
    return found
  }

  /// Yes or no; `nil` where there is none.
  package func flag(_ name: String) throws(SettingsError) -> Bool? {
    try value(name, "is not true or false") { $0.bool }
  }

  /// One of the named values of a type; `nil` where there is none.
  package func choice<Choice: RawRepresentable & CaseIterable>(
    _ name: String, of type: Choice.Type = Choice.self
  ) throws(SettingsError) -> Choice? where Choice.RawValue == String {
    guard let text = try text(name) else { return nil }
    guard let choice = Choice(rawValue: text) else {
      let names = Choice.allCases.map(\.rawValue).joined(separator: ", ")
      throw error(name, "'\(text)' is not one of \(names)")
    }
    return choice
  }

  // MARK: Structure

  /// A mapping inside this one, empty where there is none; the same however often it is asked for.
  package func section(_ name: String) throws(SettingsError) -> SettingsSection {
    if let section = sections.first(where: { $0.key == fullKey(name) }) { return section }
    let mapping = try value(name, "is not a mapping of keys to values") { $0.mapping }
    let section = SettingsSection(
      path: path, key: fullKey(name), line: node(name)?.mark?.line,
      mapping: mapping ?? Node.Mapping([]))
    sections.append(section)
    return section
  }

  /// Refuses keys that nobody asked for, here and in every section.
  ///
  /// - Throws: ``SettingsError`` for the first of them.
  package func finish() throws(SettingsError) {
    for (node, _) in mapping {
      guard let name = node.scalar?.string, known.contains(name) else {
        let name = node.scalar?.string ?? "?"
        throw SettingsError(
          path: path, key: fullKey(name), line: node.mark?.line,
          "is not known; known are \(known.sorted().joined(separator: ", "))")
      }
    }
    for section in sections { try section.finish() }
  }

  /// An error about a key of this section, for checks that need more than one value.
  package func error(_ name: String, _ reason: String) -> SettingsError {
    SettingsError(path: path, key: fullKey(name), line: node(name)?.mark?.line ?? line, reason)
  }

  private func fullKey(_ name: String) -> String { key.isEmpty ? name : "\(key).\(name)" }

  private func node(_ name: String) -> Node? { mapping[Node(name)] }

  private func value<Value>(
    _ name: String, _ reason: String, _ convert: (Node) -> Value?
  ) throws(SettingsError) -> Value? {
    known.insert(name)
    guard let node = node(name) else { return nil }
    guard let value = convert(node) else { throw error(name, reason) }
    return value
  }
}
