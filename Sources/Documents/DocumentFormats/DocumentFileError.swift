import Glibc
import OneLine
import RegularFiles

/// Why a document cannot be read.
package struct DocumentFileError: Error {
  package enum Problem {
    /// The file cannot be opened or read, or is too long.
    case unavailable(RegularFileError)
    /// The file has no bytes.
    case empty
    /// Neither first bytes nor name tell a format that is known here; its name where people know it.
    case unknownFormat(String?)
    /// The format is written here, not read.
    case unreadable(DocumentFormat)
    /// What the reader of the format says of the content.
    case malformed(DocumentFormat, any Error)
  }

  /// The file or folder, as it was given.
  package let path: String
  package let problem: Problem

  init(_ problem: Problem, at path: String) {
    self.path = path
    self.problem = problem
  }

  /// Whether the file could not be opened, in contrast to one that was read and is bad.
  package var isInputUnavailable: Bool {
    switch problem {
    case .unavailable(.systemCallFailed), .unavailable(.notARegularFile): true
    default: false
    }
  }
}

extension DocumentFileError: CustomStringConvertible {
  /// One line: the file, then what is wrong with it.
  package var description: String { onOneLine("\(path): \(problem)") }
}

extension DocumentFileError.Problem: CustomStringConvertible {
  /// What is wrong.
  package var description: String {
    switch self {
    case .unavailable(.systemCallFailed("open", ENOENT)): "no such file"
    case .unavailable(.systemCallFailed(let operation, let code)):
      "cannot be read: \(operation): \(String(cString: strerror(code)))"
    case .unavailable(.notARegularFile): "is not a regular file"
    case .unavailable(.tooLong(let byteCount, let limit)):
      "the file has \(byteCount) bytes, the limit is \(limit)"
    case .empty: "the file is empty"
    case .unknownFormat(let name?): "\(name) files are not read"
    case .unknownFormat(nil):
      "not a document that is known here; PSD, PSB, OpenRaster, ZIP, folders and pictures are read"
    case .unreadable(let format): "\(format.name) files are written, not read"
    case .malformed(let format, let error): "\(format.name): \(error)"
    }
  }
}
