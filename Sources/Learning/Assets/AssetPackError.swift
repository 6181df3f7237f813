import Glibc
import ImageCodecs
import OneLine
import RegularFiles

/// Why a pack, or a picture of it, is of no use.
package struct AssetPackError: Error, Hashable, Sendable {
  package enum Reason: Error, Hashable, Sendable {
    case unavailable(RegularFileError)
    /// Not the first bytes of a pack.
    case badSignature
    case cutOff(String)
    case badJSON(String)
    case badField(String, String)
    case checksum(found: UInt32, expected: UInt32)
    case badPicture(String)
    /// The picture has another size than the index says.
    case otherSize(found: String, expected: String)
  }

  package let file: String
  /// The first byte of what is wrong.
  package let offset: Int?
  /// The asset, where it is one.
  package let asset: String?
  package let reason: Reason

  init(_ reason: Reason, in file: String, at offset: Int? = nil, asset: String? = nil) {
    self.file = file
    self.offset = offset
    self.asset = asset
    self.reason = reason
  }
}

extension AssetPackError {
  /// Whether the file is missing or cannot be opened, in contrast to what is in it.
  package var isUnopenable: Bool { if case .unavailable = reason { true } else { false } }
}

extension AssetPackError: CustomStringConvertible {
  /// One line: the file, the asset and its place, then what is wrong.
  package var description: String {
    var place = file
    if let asset { place += ": asset '\(asset)'" }
    if let offset { place += " at byte \(offset)" }
    return onOneLine("\(place): \(reason)")
  }
}

extension AssetPackError.Reason: CustomStringConvertible {
  /// What is wrong.
  package var description: String {
    switch self {
    case .unavailable(.systemCallFailed("open", ENOENT)): "no such file"
    case .unavailable(.systemCallFailed(let operation, let code)):
      "cannot be read: \(operation): \(String(cString: strerror(code)))"
    case .unavailable(.notARegularFile): "is not a regular file"
    case .unavailable(.tooLong(let byteCount, let limit)):
      "the file has \(byteCount) bytes, the limit is \(limit)"
    case .badSignature: "signature: this is no pack of assets"
    case .cutOff(let field): "\(field): the file ends too early"
    case .badJSON(let detail): "index: the JSON is malformed: \(detail)"
    case .badField(let field, let detail): "index: \(field): \(detail)"
    case .checksum(let found, let expected):
      "the bytes are damaged: checksum \(String(found, radix: 16)), "
        + "expected \(String(expected, radix: 16))"
    case .badPicture(let detail): detail
    case .otherSize(let found, let expected): "the picture is \(found) pixels, not \(expected)"
    }
  }
}
