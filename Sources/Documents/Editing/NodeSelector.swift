import DocumentModel

/// How people say which layer or group they mean.
///
/// An index is the number of a layer or group among ``LayeredDocument/entries``: from the back to the
/// front, a group before its members, the first being 0.
package enum NodeSelector: Hashable, Sendable {
  /// The number among the entries, as its digits; one too large for an `Int` is like any that is missing.
  case index(String)

  /// The whole name, every character as it is.
  case name(String)

  /// Digits alone are an index, anything else a name; what follows "name:" is a name in any case.
  package init(_ text: String) {
    let prefix = "name:"
    if text.hasPrefix(prefix) {
      self = .name(String(text.dropFirst(prefix.count)))
    } else if !text.isEmpty, text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) {
      self = .index(text)
    } else {
      self = .name(text)
    }
  }
}

extension LayeredDocument {
  /// The way to the one layer or group that is meant.
  ///
  /// - Throws: ``EditingError/noSuchIndex(_:entryCount:)``, ``EditingError/noSuchName(_:)`` or
  ///   ``EditingError/ambiguousName(_:indices:)``.
  package func path(to selector: NodeSelector) throws(EditingError) -> NodePath {
    let entries = entries
    switch selector {
    case .index(let digits):
      guard let index = Int(digits), entries.indices.contains(index) else {
        throw .noSuchIndex(digits, entryCount: entries.count)
      }
      return entries[index].path
    case .name(let name):
      // Scalar by scalar: names that only look alike are different names.
      let scalars = Array(name.unicodeScalars)
      let indices = entries.indices.filter {
        entries[$0].node.attributes.name.unicodeScalars.elementsEqual(scalars)
      }
      guard let first = indices.first else { throw .noSuchName(name) }
      guard indices.count == 1 else { throw .ambiguousName(name, indices: indices) }
      return entries[first].path
    }
  }
}
