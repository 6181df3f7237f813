import OneLine

/// Why a document cannot be written under a name, whatever the disk says.
package struct UnwritableName: Error, Hashable, Sendable {
  package enum Reason: Hashable, Sendable {
    /// The ending is that of a picture, which holds no layers.
    case picture
    /// The ending is that of no format that is written here.
    case unknownEnding
  }

  /// The name, as it was given.
  package let path: String
  package let reason: Reason

  init(_ reason: Reason, of path: String) {
    self.path = path
    self.reason = reason
  }
}

extension UnwritableName: CustomStringConvertible {
  /// One line.
  package var description: String {
    let endings = DocumentFormat.writtenEndings
    let what =
      switch reason {
      case .picture: "a picture holds no layers"
      case .unknownEnding: "the ending is unknown"
      }
    return onOneLine("\(path): \(what); documents end in \(endings), or in nothing for a folder")
  }
}
