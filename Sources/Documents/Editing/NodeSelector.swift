import DocumentModel

/// How people say which layer or group they mean.
package enum NodeSelector: Hashable, Sendable {
  /// The place in the tree, as a ``NodePath`` prints it: 0 is the back of the document, 2/0 the backmost
  /// member of the group at 2.
  case place(String)

  /// The whole name, every character as it is.
  case name(String)

  /// Digits, and slashes between them, are a place, anything else a name; what follows "name:" is a name
  /// in any case.
  package init(_ text: String) {
    let prefix = "name:"
    let isPlace = text.split(separator: "/", omittingEmptySubsequences: false).allSatisfy {
      !$0.isEmpty && $0.utf8.allSatisfy { (0x30...0x39).contains($0) }
    }
    if text.hasPrefix(prefix) {
      self = .name(String(text.dropFirst(prefix.count)))
    } else {
      self = isPlace ? .place(text) : .name(text)
    }
  }
}

extension LayeredDocument {
  /// The way to the one layer or group that is meant.
  ///
  /// - Throws: ``EditingError/noSuchPlace(_:)``, ``EditingError/noSuchName(_:)`` or
  ///   ``EditingError/ambiguousName(_:places:)``.
  package func path(to selector: NodeSelector) throws(EditingError) -> NodePath {
    switch selector {
    case .place(let text):
      // A number too large for an `Int` is like any that is missing.
      let path = NodePath(text.split(separator: "/").map { Int($0) ?? .max })
      guard self[path] != nil else { throw .noSuchPlace(text) }
      return path
    case .name(let name):
      // Scalar by scalar: names that only look alike are different names.
      let found = entries.filter {
        $0.node.attributes.name.unicodeScalars.elementsEqual(name.unicodeScalars)
      }
      guard let first = found.first else { throw .noSuchName(name) }
      guard found.count == 1 else { throw .ambiguousName(name, places: found.map(\.path)) }
      return first.path
    }
  }
}
