/// Which sample lies where: the content of `index.json` beside the shards.
package struct ShardIndex: Hashable, Sendable, Codable {
  /// Where a sample lies in its shard.
  package struct Entry: Hashable, Sendable, Codable {
    package var key: String
    /// The first byte, a multiple of 512.
    package var offset: Int
    package var byteCount: Int
    /// CRC-32 of the bytes.
    package var crc32: UInt32

    /// Makes an entry of its parts.
    package init(key: String, offset: Int, byteCount: Int, crc32: UInt32) {
      self.key = key
      self.offset = offset
      self.byteCount = byteCount
      self.crc32 = crc32
    }
  }

  /// One tar archive.
  package struct Shard: Hashable, Sendable, Codable {
    /// The name in the folder of the index.
    package var file: String
    package var byteCount: Int
    /// SHA-256 of the file, in hexadecimal digits.
    package var sha256: String
    package var samples: [Entry]
  }

  package var format = "layered-samples"
  package var version = 1
  package var shards: [Shard]

  /// How many samples there are in all.
  package var sampleCount: Int { shards.reduce(0) { $0 + $1.samples.count } }

  /// The name of an index in its folder.
  package static let fileName = "index.json"

  /// The name of a shard: "shard-000000.tar" is the first.
  package static func shardName(_ number: Int) -> String {
    let digits = "\(number)"
    return "shard-" + String(repeating: "0", count: max(0, 6 - digits.utf8.count)) + digits + ".tar"
  }

  /// Checks an index that was read, before anything is opened by it.
  func validate() throws(ShardError.Reason) {
    guard format == "layered-samples", version == 1 else {
      throw .badIndex("the format is '\(format)' \(version), expected 'layered-samples' 1")
    }
    var keys: Set<String> = []
    for (number, shard) in shards.enumerated() {
      guard shard.file == Self.shardName(number) else {
        throw .badIndex("shard \(number) is called '\(shard.file)'")
      }
      guard shard.byteCount >= TarMember.end.count else {
        throw .badIndex("\(shard.file) has \(shard.byteCount) bytes")
      }
      let end = shard.byteCount - TarMember.end.count
      var offset = 0
      for entry in shard.samples {
        guard SampleDescription.isKey(entry.key), keys.insert(entry.key).inserted else {
          throw .badIndex("the key '\(entry.key)' is malformed or stands twice")
        }
        guard entry.offset == offset, entry.byteCount > 0, entry.byteCount <= end - offset,
          entry.byteCount % TarMember.blockLength == 0
        else { throw .badIndex("the place of sample '\(entry.key)' leaves \(shard.file)") }
        offset += entry.byteCount
      }
      guard offset == end else {
        throw .badIndex("\(shard.file) is not made of its samples")
      }
    }
  }
}
