import AtomicFiles
import Digests
import Glibc
import RegularFiles
import Shards

/// What is known so far of a dataset in the making: a record and a sample for each file, inside the output's folder.
///
/// Every entry appears whole or not at all, so that work that was killed goes on where it was. A lock keeps a second
/// process out.
final class WorkFolder: Sendable {
  /// The name of the folder in the output.
  static let name = ".work"

  let path: String
  private let lock: Int32

  /// Makes or enters the folder.
  ///
  /// - Parameters:
  ///   - output: The folder of the dataset, made where it is missing.
  ///   - fingerprint: Of the configuration; entries of another one are not used.
  ///   - isRestarting: Whether entries of another configuration are removed instead of refused.
  /// - Throws: ``DatasetError`` or `OutputError`.
  init(in output: String, fingerprint: String, isRestarting: Bool) throws {
    path = "\(output)/\(Self.name)"
    for folder in [output, path] where mkdir(folder, 0o777) != 0 && errno != EEXIST {
      throw OutputError(.cannotCreate(operation: "make folder", errno: errno), at: folder)
    }
    lock = open("\(path)/lock", O_RDWR | O_CREAT | O_CLOEXEC, 0o666)
    guard lock >= 0 else {
      throw OutputError(.cannotCreate(operation: "open", errno: errno), at: "\(path)/lock")
    }
    guard flock(lock, LOCK_EX | LOCK_NB) == 0 else {
      close(lock)
      throw DatasetError.inUse(output)
    }
    let note = "\(path)/fingerprint"
    let found = (try? RegularFile.contents(path: note, limit: 1024)).map {
      String(decoding: $0, as: UTF8.self)
    }
    if let found, found != fingerprint {
      guard isRestarting else { throw DatasetError.otherConfiguration(output) }
      removeEntries()
    }
    if found != fingerprint {
      try AtomicFile.write(Array(fingerprint.utf8), to: note, overwriting: true)
    }
  }

  deinit {
    close(lock)
  }

  /// The path of an entry's files without their endings.
  func prefix(for record: SourceRecord) -> String {
    let name = SHA256.hexadecimal(of: Array("\(record.path)\n\(record.sha256)".utf8))
    return "\(path)/\(name.prefix(40))"
  }

  /// What became of a file; `nil` where that is unknown, or the sample that belongs to it is not there.
  func result(for record: SourceRecord) -> SourceRecord? {
    let prefix = prefix(for: record)
    guard let bytes = try? RegularFile.contents(path: prefix + ".json", limit: 64 << 20),
      let found = try? decodedJSON(SourceRecord.self, from: bytes), found.path == record.path,
      found.sha256 == record.sha256
    else { return nil }
    guard found.fragment != nil else { return found }
    return sample(of: found) == nil ? nil : found
  }

  /// The sample of a file, as long as its bytes are those of the record.
  func sample(of record: SourceRecord) -> EncodedSample? {
    guard let key = record.key, let fragment = record.fragment,
      let bytes = try? RegularFile.contents(
        path: prefix(for: record) + ".tar", limit: fragment.byteCount)
    else { return nil }
    let sample = EncodedSample(key: key, bytes: bytes)
    return bytes.count == fragment.byteCount && sample.checksum == fragment.crc32 ? sample : nil
  }

  /// Keeps what became of a file.
  func store(_ record: SourceRecord, _ sample: EncodedSample?) throws {
    try Self.store(record, sample, at: prefix(for: record))
  }

  /// Writes an entry, the sample before the record that speaks of it.
  ///
  /// Nothing waits for the disk: an entry that a loss of power damaged is known by its checksum, and made again.
  static func store(
    _ record: SourceRecord, _ sample: EncodedSample?, at prefix: String
  ) throws {
    if let sample {
      try AtomicFile.write(sample.bytes, to: prefix + ".tar", overwriting: true, durable: false)
    }
    try AtomicFile.write(
      encodedJSON(record), to: prefix + ".json", overwriting: true, durable: false)
  }

  /// Removes the folder once the dataset is complete.
  func remove() {
    removeEntries()
    unlink("\(path)/fingerprint")
    unlink("\(path)/lock")
    rmdir(path)
  }

  private func removeEntries() {
    guard let directory = opendir(path) else { return }
    defer { closedir(directory) }
    while let entry = readdir(directory) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
        pointer.withMemoryRebound(to: CChar.self, capacity: Int(NAME_MAX) + 1) {
          String(cString: $0)
        }
      }
      guard ![".", "..", "lock", "fingerprint"].contains(name) else { continue }
      unlink("\(path)/\(name)")
    }
  }
}
