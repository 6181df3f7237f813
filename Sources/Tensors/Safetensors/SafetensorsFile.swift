import Glibc
import RegularFiles

/// One open safetensors file: its checked header, and its data mapped into memory.
///
/// Source: https://github.com/huggingface/safetensors, "Format".
package struct SafetensorsFile: Sendable {
  /// The tensors in the order of their data.
  package let entries: [TensorEntry]
  /// The texts under `__metadata__`.
  package let metadata: [String: String]

  private let mapping: MappedFile
  private let places: [String: Int]
  /// First byte of the data, from the first byte of the file.
  private let dataOffset: Int

  package var path: String { mapping.path }

  /// Opens the file and checks its whole header; no tensor is read.
  ///
  /// - Throws: The first thing that is wrong with the file, or what it is instead of safetensors.
  package init(path: String) throws(SafetensorsError) {
    do throws(SafetensorsError.Reason) {
      try self.init(opening: path)
    } catch {
      throw SafetensorsError(error, in: path)
    }
  }

  private init(opening path: String) throws(SafetensorsError.Reason) {
    let file = try OpenedFile(path: path)
    defer { file.close() }
    let header: SafetensorsHeader
    let length: Int
    do throws(SafetensorsError.Reason) {
      guard file.identity.byteCount > 0 else { throw .emptyFile }
      let prefix = try file.read(count: SafetensorsHeader.prefixLength, at: 0)
      guard prefix.count == SafetensorsHeader.prefixLength else {
        throw .tooShort(byteCount: file.identity.byteCount)
      }
      length = try SafetensorsHeader.length(
        prefix: prefix.reversed().reduce(0) { $0 << 8 | UInt64($1) },
        fileByteCount: file.identity.byteCount)
      let text = try file.read(count: length, at: SafetensorsHeader.prefixLength)
      guard text.count == length else {
        throw .headerBeyondEnd(UInt64(length), byteCount: file.identity.byteCount)
      }
      header = try SafetensorsHeader(text, fileByteCount: file.identity.byteCount)
    } catch {
      let first = (try? file.read(count: 512, at: 0)) ?? []
      throw ForeignFormat.reason(forFirst: first) ?? error
    }
    entries = header.entries
    metadata = header.metadata
    places = Dictionary(uniqueKeysWithValues: zip(header.entries.map(\.name), entries.indices))
    dataOffset = SafetensorsHeader.prefixLength + length
    mapping = try MappedFile(path: path, descriptor: file.descriptor, identity: file.identity)
  }

  /// The tensor of that name, or nil.
  package func entry(named name: String) -> TensorEntry? {
    places[name].map { entries[$0] }
  }

  /// The bytes of a tensor, little-endian, row by row, where they lie in memory.
  ///
  /// - Throws: `.noSuchTensor`, or `.unsupportedDType` for the 4, 6 and 8 bit floating-point types.
  package func bytes(of name: String) throws(SafetensorsError) -> TensorBytes {
    guard let entry = entry(named: name) else {
      throw SafetensorsError(.noSuchTensor(name), in: path)
    }
    guard entry.dtype.isSupported else {
      throw SafetensorsError(.unsupportedDType(entry.dtype, tensor: name), in: path)
    }
    let begin = dataOffset + entry.dataOffsets.lowerBound
    let bytes = mapping.bytes[begin..<(begin + entry.byteCount)]
    return TensorBytes(bytes: UnsafeRawBufferPointer(rebasing: bytes), owner: mapping)
  }

  /// Gives the memory behind all tensors back, as ``TensorBytes/discard()`` does for one.
  package func discard() {
    mapping.discard(mapping.bytes)
  }

  /// Checks that the file is still as it was when it was opened.
  ///
  /// To be called after the last use of its bytes: what was computed in between is then known to
  /// come from one state of the file.
  package func verifyUnchanged() throws(SafetensorsError) {
    try mapping.verifyUnchanged()
  }
}

/// A regular file open for reading, with the errors of weights.
struct OpenedFile {
  private let file: RegularFile

  var descriptor: Int32 { file.descriptor }
  var identity: MappedFile.Identity { MappedFile.Identity(file.status) }

  init(path: String) throws(SafetensorsError.Reason) {
    do throws(RegularFileError) {
      file = try RegularFile(path: path)
    } catch {
      throw SafetensorsError.Reason(error)
    }
  }

  func close() { file.close() }

  /// Up to `count` bytes from `offset` on; fewer where the file ends.
  func read(count: Int, at offset: Int) throws(SafetensorsError.Reason) -> [UInt8] {
    do throws(RegularFileError) {
      return try file.read(count: count, at: offset)
    } catch {
      throw SafetensorsError.Reason(error)
    }
  }
}

extension SafetensorsError.Reason {
  /// Only an index is read whole, so only an index can be too long.
  init(_ error: RegularFileError) {
    switch error {
    case .systemCallFailed(let call, let code): self = .systemCallFailed(call, errno: code)
    case .notARegularFile: self = .notARegularFile
    case .tooLong(let byteCount, let limit):
      self = .indexTooLong(byteCount: byteCount, limit: limit)
    }
  }
}
