import FileTesting
import Safetensors
import Testing

/// The bytes of a safetensors file, made by hand so that every part can be wrong.
struct ExampleFile {
  var header: [UInt8]
  var data: [UInt8] = []
  /// The length that the file states; nil states the true one.
  var statedLength: UInt64?

  init(_ header: String, data: [UInt8] = [], statedLength: UInt64? = nil) {
    self.init(Array(header.utf8), data: data, statedLength: statedLength)
  }

  init(_ header: [UInt8], data: [UInt8] = [], statedLength: UInt64? = nil) {
    self.header = header
    self.data = data
    self.statedLength = statedLength
  }

  var bytes: [UInt8] {
    let length = statedLength ?? UInt64(header.count)
    return (0..<8).map { UInt8(truncatingIfNeeded: length >> (8 * UInt64($0))) } + header + data
  }

  /// The reason that reading gives, or nil where the file is accepted.
  func refusal() throws -> SafetensorsError.Reason? {
    try Self.refusal(of: bytes)
  }

  /// The reason that reading a file of these bytes gives, or nil where it is accepted.
  static func refusal(of bytes: [UInt8]) throws -> SafetensorsError.Reason? {
    let folder = try ScratchFolder()
    let path = try folder.write(bytes, to: "model.safetensors")
    do throws(SafetensorsError) {
      _ = try SafetensorsFile(path: path)
      return nil
    } catch {
      #expect(error.path == path)
      #expect(error.description.hasPrefix("\"\(path)\": "))
      #expect(!error.description.contains("\n"))
      return error.reason
    }
  }
}
