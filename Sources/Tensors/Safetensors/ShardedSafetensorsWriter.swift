import AtomicFiles

/// Writes the weights of one component as shards with an index, or as one file where that suffices.
///
/// Source: `save_pretrained` of transformers and diffusers, whose file names and index it follows.
package final class ShardedSafetensorsWriter {
  /// The shard size that the official checkpoints are split at, in bytes.
  package static let defaultShardByteCount = 5_000_000_000

  private let folder: AtomicFolder
  private let stem: String
  private let metadata: [String: String]
  private let shards: [[TensorDeclaration]]
  private let shardByName: [String: Int]
  private var place = 0
  private var writer: SafetensorsWriter

  /// Begins the files.
  ///
  /// - Parameters:
  ///   - stem: What the names begin with, such as `transformer/diffusion_pytorch_model`.
  ///   - folder: Commits after the writer.
  ///   - declarations: The tensors in the order in which their bytes will come.
  ///   - metadata: Texts for the `__metadata__` of each file.
  ///   - maximumShardByteCount: Bytes of tensors in a file; one larger tensor gets its own file.
  /// - Throws: ``SafetensorsError`` for declarations that no reader takes, else `OutputError`.
  package init(
    stem: String, in folder: AtomicFolder, _ declarations: [TensorDeclaration],
    metadata: [String: String] = ["format": "pt"],
    maximumShardByteCount: Int = ShardedSafetensorsWriter.defaultShardByteCount
  ) throws {
    // One layout of everything finds names that stand twice, in whatever shards.
    let layout: SafetensorsLayout
    do throws(SafetensorsError.Reason) {
      layout = try SafetensorsLayout(declarations, metadata: metadata)
    } catch {
      throw SafetensorsError(error, in: folder.path + "/" + stem + ".safetensors")
    }
    self.folder = folder
    self.stem = stem
    self.metadata = metadata
    shards = Self.split(declarations, layout.entries, maximumShardByteCount)
    shardByName = shards.enumerated().reduce(into: [:]) { places, shard in
      for declaration in shard.element { places[declaration.name] = shard.offset }
    }
    let names = Self.fileNames(stem: stem, shardCount: shards.count)
    if shards.count > 1 {
      let total = layout.entries.reduce(0) { $0 + $1.byteCount }
      let index = Self.index(shards, names: names, totalByteCount: total)
      try folder.write(Array(index.utf8), named: stem + ".safetensors.index.json")
    }
    writer = try SafetensorsWriter(named: names[0], in: folder, shards[0], metadata: metadata)
  }

  /// Appends bytes of the tensor whose turn it is, as ``SafetensorsWriter/write(_:of:)`` does.
  ///
  /// - Throws: `OutputError`; the files go with their folder.
  package func write(_ bytes: UnsafeRawBufferPointer, of name: String) throws {
    guard !bytes.isEmpty else { return }
    while let shard = shardByName[name], shard > place { try beginNextShard() }
    try writer.write(bytes, of: name)
  }

  /// Completes the files, which appear when their folder commits.
  package func commit() throws {
    while place + 1 < shards.count { try beginNextShard() }
    try writer.commit()
  }

  private func beginNextShard() throws {
    try writer.commit()
    place += 1
    let names = Self.fileNames(stem: stem, shardCount: shards.count)
    writer = try SafetensorsWriter(
      named: names[place], in: folder, shards[place], metadata: metadata)
  }

  /// Fills file after file, each up to the limit; there is always a first one.
  private static func split(
    _ declarations: [TensorDeclaration], _ entries: [TensorEntry], _ limit: Int
  ) -> [[TensorDeclaration]] {
    var shards: [[TensorDeclaration]] = [[]]
    var byteCount = 0
    for (declaration, entry) in zip(declarations, entries) {
      if byteCount > 0, entry.byteCount > limit - byteCount {
        shards.append([])
        byteCount = 0
      }
      shards[shards.count - 1].append(declaration)
      byteCount += entry.byteCount
    }
    return shards
  }

  private static func fileNames(stem: String, shardCount: Int) -> [String] {
    guard shardCount > 1 else { return [stem + ".safetensors"] }
    return (1...shardCount).map { number in
      "\(stem)-\(fiveDigits(number))-of-\(fiveDigits(shardCount)).safetensors"
    }
  }

  private static func fiveDigits(_ number: Int) -> String {
    String(repeating: "0", count: max(0, 5 - String(number).count)) + String(number)
  }

  private static func index(
    _ shards: [[TensorDeclaration]], names: [String], totalByteCount: Int
  ) -> String {
    let lines = zip(shards, names).flatMap { shard, name in
      // The index stands in the same folder as its shards and names them without a path.
      let file = name.split(separator: "/").last.map(String.init) ?? name
      return shard.map { (key: $0.name, line: "    \(jsonText($0.name)): \(jsonText(file))") }
    }
    let map = lines.sorted { $0.key < $1.key }.map(\.line).joined(separator: ",\n")
    return """
      {
        "metadata": {
          "total_size": \(totalByteCount)
        },
        "weight_map": {
      \(map)
        }
      }

      """
  }
}
