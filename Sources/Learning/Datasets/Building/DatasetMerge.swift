import Shards

/// Parts of a dataset, made on several machines, put together.
///
/// The result is, byte for byte, what one machine would have made of all files.
package struct DatasetMerge: Sendable {
  package let parts: [String]
  package let output: String

  package init(parts: [String], output: String) {
    self.parts = parts
    self.output = output
  }

  /// Merges the parts into a folder that must not hold a dataset.
  ///
  /// - Returns: The manifest of the whole.
  /// - Throws: ``DatasetError`` where the parts were not made alike or one is missing, or `ShardError`.
  package func run() throws -> Manifest {
    let manifests = try parts.map { part throws(DatasetError) in try Manifest(of: part) }
    guard let first = manifests.first else {
      throw DatasetError.incompleteParts("there is none")
    }
    for (path, manifest) in zip(parts, manifests)
    where manifest.fingerprint != first.fingerprint || manifest.tool != first.tool {
      throw DatasetError.partsDiffer(parts[0], path)
    }
    try checkNumbers(manifests)
    let work = try WorkFolder(in: output, fingerprint: first.fingerprint, isRestarting: false)
    var sources: [(record: SourceRecord, part: Int)] = []
    for (part, manifest) in manifests.enumerated() {
      sources += manifest.sources.map { ($0, part) }
    }
    sources.sort { one, two in
      one.record.path == two.record.path
        ? one.record.sha256 < two.record.sha256
        : one.record.path.utf8.lexicographicallyPrecedes(two.record.path.utf8)
    }
    var records = sources.map(\.record)
    records.dropRepeatedPictures()
    var manifest = first
    manifest.part = nil
    manifest.sources = records
    let readers = try parts.map { path throws(ShardError) in try ShardReader(folder: path) }
    let places = readers.map { reader in
      Dictionary(
        reader.index.shards.flatMap(\.samples).enumerated().map { ($1.key, $0) },
        uniquingKeysWith: { first, _ in first })
    }
    let partOfKey = Dictionary(
      sources.compactMap { source in source.record.key.map { ($0, source.part) } },
      uniquingKeysWith: { first, _ in first })
    try DatasetWriting(manifest: manifest, output: output).write { record in
      guard let key = record.key, let part = partOfKey[key], let place = places[part][key] else {
        throw DatasetError.lostSample(record.path)
      }
      return try readers[part].encodedSample(at: place)
    }
    work.remove()
    return manifest
  }

  /// Each part of so many has to be there once; datasets that are no parts may be merged as they are.
  private func checkNumbers(_ manifests: [Manifest]) throws(DatasetError) {
    let numbers = manifests.compactMap(\.part)
    guard let first = numbers.first else { return }
    guard numbers.count == manifests.count, numbers.allSatisfy({ $0.count == first.count }) else {
      throw .incompleteParts("they are not all parts of \(first.count)")
    }
    for number in 1...first.count {
      let count = numbers.count { $0.number == number }
      guard count == 1 else {
        throw .incompleteParts("part \(number) of \(first.count) is there \(count) times")
      }
    }
  }
}
