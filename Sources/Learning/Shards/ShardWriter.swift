import AtomicFiles
import Digests
import Glibc

/// Writes samples into tar archives of bounded size, with an index; all of them appear, or none.
///
/// The folder holds `shard-000000.tar` and so on, `index.json`, and what ``write(_:named:)`` adds. The
/// archives are what WebDataset reads. Equal samples in equal order give equal bytes.
package final class ShardWriter {
  private let folder: AtomicFolder
  private let shardByteCount: Int
  private let isOverwriting: Bool
  private var current: (file: AtomicFile, hash: SHA256, samples: [ShardIndex.Entry])?
  private var index = ShardIndex(shards: [])
  private var keys: Set<String> = []

  /// Begins a dataset.
  ///
  /// - Parameters:
  ///   - path: The folder; it appears with ``commit()`` where it does not exist.
  ///   - shardByteCount: A shard is ended before the sample that would make it longer.
  ///   - isOverwriting: Whether files that exist in the folder may be replaced.
  /// - Throws: `OutputError`.
  package init(
    at path: String, shardByteCount: Int = 256 << 20, overwriting isOverwriting: Bool = false
  ) throws(OutputError) {
    folder = try AtomicFolder(at: path, overwriting: isOverwriting)
    self.shardByteCount = shardByteCount
    self.isOverwriting = isOverwriting
  }

  /// Appends a sample.
  ///
  /// - Throws: `ImageCodecError`, ``RepeatedKey`` or `OutputError`.
  package func append(_ sample: TrainingSample) throws {
    try append(EncodedSample(sample))
  }

  /// Appends a sample that was encoded before.
  ///
  /// - Throws: ``RepeatedKey`` or `OutputError`.
  package func append(_ sample: EncodedSample) throws {
    guard keys.insert(sample.key).inserted else { throw RepeatedKey(key: sample.key) }
    if let file = current?.file, file.byteCount + sample.bytes.count > shardByteCount {
      try finishShard()
    }
    var shard =
      try current
      ?? (folder.makeFile(named: ShardIndex.shardName(index.shards.count)), SHA256(), [])
    shard.samples.append(
      ShardIndex.Entry(
        key: sample.key, offset: shard.file.byteCount, byteCount: sample.bytes.count,
        crc32: sample.checksum))
    try shard.file.write(sample.bytes)
    shard.hash.update(sample.bytes)
    current = shard
  }

  /// Adds a file to the folder, such as a manifest.
  ///
  /// - Throws: `OutputError`.
  package func write(_ bytes: [UInt8], named name: String) throws(OutputError) {
    try folder.write(bytes, named: name)
  }

  /// Shows the dataset; shards that an earlier, longer one left are removed.
  ///
  /// - Returns: The index, which lies in the folder too.
  /// - Throws: `OutputError`; nothing new is then left behind.
  @discardableResult
  package func commit() throws -> ShardIndex {
    try finishShard()
    // Renamed last, so that an index never speaks of shards that are still to come.
    try folder.write(encodedJSON(index), named: ShardIndex.fileName)
    try folder.commit()
    if isOverwriting { removeFurtherShards() }
    return index
  }

  private func finishShard() throws(OutputError) {
    guard var shard = current else { return }
    try shard.file.write(TarMember.end)
    shard.hash.update(TarMember.end)
    index.shards.append(
      ShardIndex.Shard(
        file: ShardIndex.shardName(index.shards.count), byteCount: shard.file.byteCount,
        sha256: shard.hash.hexadecimal, samples: shard.samples))
    try shard.file.commit()
    current = nil
  }

  /// Where none is left, the name after the last is free.
  private func removeFurtherShards() {
    var number = index.shards.count
    while unlink("\(folder.path)/\(ShardIndex.shardName(number))") == 0 { number += 1 }
  }
}

/// Two samples of one dataset with the same key.
package struct RepeatedKey: Error, Hashable, Sendable, CustomStringConvertible {
  package let key: String

  package var description: String { "sample '\(key)' is in the dataset already" }
}
