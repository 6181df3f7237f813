import Glibc

/// Why an output could not be written; nothing of it is left behind.
package struct OutputError: Error, Hashable, Sendable {
  package enum Reason: Hashable, Sendable {
    /// The file or folder could not be begun or put in place (exit code 73).
    case cannotCreate(operation: String, errno: Int32)
    /// Something has that name and was not to be overwritten (73).
    case alreadyExists
    /// Something has that name that is no regular file, such as a device or a folder (73).
    case notARegularFile
    /// A name inside a folder that is absolute, empty or leads out of it (73).
    case unsafeName(String)
    /// The file was begun and could not be finished (74).
    case inputOutput(operation: String, errno: Int32, bytesNeeded: Int)
  }

  /// The final name of the output, as it was given.
  package let path: String
  package let reason: Reason

  package init(_ reason: Reason, at path: String) {
    self.path = path
    self.reason = reason
  }

  /// Whether there was no room for it.
  package var isFullDisk: Bool {
    guard case .inputOutput(_, let code, _) = reason else { return false }
    return code == ENOSPC || code == EDQUOT
  }

  /// Whether the output was begun, so that the disk rather than the name is at fault.
  package var isInputOutput: Bool {
    if case .inputOutput = reason { true } else { false }
  }
}

extension OutputError: CustomStringConvertible {
  package var description: String {
    let name = path.unicodeScalars.map { $0.escaped(asASCII: false) }.joined()
    switch reason {
    case .cannotCreate(let operation, let code):
      return "cannot create \"\(name)\": \(operation): \(String(cString: strerror(code)))"
    case .alreadyExists:
      return "\"\(name)\" exists already"
    case .notARegularFile:
      return "cannot create \"\(name)\": something else than a file has that name"
    case .unsafeName(let inner):
      let inner = inner.unicodeScalars.map { $0.escaped(asASCII: false) }.joined()
      return "cannot create \"\(inner)\" in \"\(name)\": the name leads out of the folder"
    case .inputOutput(let operation, let code, let needed):
      let isFull = code == ENOSPC || code == EDQUOT || code == EFBIG
      let need = isFull ? " (\(needed) bytes are needed)" : ""
      return "cannot write \"\(name)\": \(operation): \(String(cString: strerror(code)))\(need)"
    }
  }
}
