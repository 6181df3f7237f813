import Glibc
import Raster

/// Why a picture cannot be read or written.
public struct ImageCodecError: Error, Hashable, Sendable {
  /// What is wrong.
  public enum Problem: Hashable, Sendable {
    /// There is no file of that name.
    case missing
    /// The name is that of a directory.
    case directory
    /// The name is that of a pipe, a socket or a device.
    case notARegularFile
    /// The file may not be read.
    case permissionDenied
    /// The system could not open or read the file; `code` is its `errno`.
    case unreadable(code: Int32)
    /// The file has no bytes.
    case empty
    /// The file has more bytes than the limit allows.
    case fileTooLarge(byteCount: Int, limit: Int)
    /// The first bytes belong to no format that is known here.
    case unknownFormat
    /// The file has a format that is not read here.
    case unsupportedFormat(name: String)
    /// The header declares more pixels than the limit allows.
    case tooManyPixels(ImageFormat, size: PixelSize, limit: Int)
    /// A size that no picture in memory can have.
    case sizeOutOfRange(ImageFormat, size: PixelSize)
    /// The data is truncated, damaged or of an unsupported kind; `offset` is the byte where reading
    /// stopped, where the library tells it.
    case malformed(ImageFormat, detail: String, offset: Int?)
    /// JPEG, or PNG without alpha, and the image is not opaque.
    case notOpaque(ImageFormat)
    /// A side is longer than the format allows.
    case sideTooLong(ImageFormat, size: PixelSize)
    /// A quality that is not in 1...100.
    case qualityOutOfRange(Int)
    /// The library could not write the picture.
    case notEncoded(ImageFormat, detail: String)
  }

  /// The file, where the picture came from one.
  public var path: String?

  /// What is wrong.
  public var problem: Problem

  /// Makes an error of a problem and, where there is one, a file.
  public init(_ problem: Problem, path: String? = nil) {
    self.problem = problem
    self.path = path
  }

  /// Whether the file could not be opened, in contrast to one that was read and is bad.
  public var isInputUnavailable: Bool {
    switch problem {
    case .missing, .directory, .notARegularFile, .permissionDenied, .unreadable: true
    default: false
    }
  }
}

extension ImageCodecError: CustomStringConvertible {
  /// One line: the file, then what is wrong with it.
  public var description: String {
    guard let path else { return problem.description }
    return "\(path.onOneLine): \(problem)"
  }
}

extension ImageCodecError.Problem: CustomStringConvertible {
  /// What is wrong, in one line.
  public var description: String {
    switch self {
    case .missing: "no such file"
    case .directory: "is a directory, not a picture"
    case .notARegularFile: "is not a regular file"
    case .permissionDenied: "permission denied"
    case .unreadable(let code): "cannot be read: \(String(cString: strerror(code)))"
    case .empty: "the file is empty"
    case .fileTooLarge(let byteCount, let limit):
      "the file has \(byteCount) bytes, the limit is \(limit)"
    case .unknownFormat: "not a picture that is known here; PNG, JPEG and WebP are read"
    case .unsupportedFormat(let name):
      "\(name) files are not read; PNG, JPEG and WebP are"
    case .tooManyPixels(let format, let size, let limit):
      "the \(format.rawValue) header declares \(size) pixels, the limit is \(limit) in all"
    case .sizeOutOfRange(let format, let size):
      "the \(format.rawValue) header declares \(size) pixels, which no picture can have"
    case .malformed(let format, let detail, let offset?):
      "damaged \(format.rawValue) data at byte \(offset): \(detail)"
    case .malformed(let format, let detail, nil): "damaged \(format.rawValue) data: \(detail)"
    case .notOpaque(.png): "PNG without alpha cannot hold transparency"
    case .notOpaque(let format): "\(format.rawValue) cannot hold transparency"
    case .sideTooLong(let format, let size):
      "\(size) pixels do not fit a \(format.rawValue) file, the longest side is \(format.maximumSide)"
    case .qualityOutOfRange(let quality): "quality \(quality) is not in 1...100"
    case .notEncoded(let format, let detail):
      "the \(format.rawValue) file could not be made: \(detail)"
    }
  }
}

extension String {
  /// The text with control characters written as escapes, so that a message stays one line.
  fileprivate var onOneLine: String {
    unicodeScalars.reduce(into: "") { line, scalar in
      let isControl = scalar.properties.generalCategory == .control
      line += isControl ? scalar.escaped(asASCII: true) : String(scalar)
    }
  }
}
