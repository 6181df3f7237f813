import Digests
import Glibc

/// The weights of one model component: a single file, or shards behind an index.
///
/// Source: the layout that transformers and diffusers write, `<name>.safetensors` or
/// `<name>.safetensors.index.json` beside `<name>-00001-of-0000N.safetensors`.
package struct ShardedSafetensors: Sendable {
  /// Every open file, in the order of their names.
  package let files: [SafetensorsFile]
  /// The files' `__metadata__`; where shards disagree, the first one's text.
  package let metadata: [String: String]
  /// The folder or file that was opened.
  package let path: String

  private let places: [String: Int]

  /// Opens the weights in a component folder, or one file or one index by its own path.
  ///
  /// Only headers are read. Tensors that the index does not name are kept and found.
  ///
  /// - Throws: ``SafetensorsError`` with the folder's, index's or shard's path.
  package init(path: String) throws(SafetensorsError) {
    let location = try WeightsLocation(path: path)
    var weightMap: [String: String] = [:]
    let names: [String]
    switch location.kind {
    case .file(let name):
      names = [name]
    case .index(let name):
      try location.checkLink(to: name)
      weightMap = try ShardIndex(path: location.folder + name).weightMap
      names = Set(weightMap.values).sorted()
    }
    var files: [SafetensorsFile] = []
    for name in names {
      try location.checkLink(to: name)
      files.append(try location.open(name))
    }
    self.path = path
    self.files = files
    metadata = files.reduce(into: [:]) { merged, file in
      merged.merge(file.metadata) { first, _ in first }
    }
    places = try Self.places(
      of: files, named: names, by: weightMap, in: location.path)
  }

  /// Where each tensor is, once index and shards agree.
  private static func places(
    of files: [SafetensorsFile], named names: [String], by weightMap: [String: String],
    in path: String
  ) throws(SafetensorsError) -> [String: Int] {
    var places: [String: Int] = [:]
    for (place, file) in files.enumerated() {
      for entry in file.entries {
        if let expected = weightMap[entry.name], expected != names[place] {
          throw SafetensorsError(
            .tensorInWrongShard(entry.name, expected: expected, found: names[place]), in: path)
        }
        if let first = places.updateValue(place, forKey: entry.name) {
          throw SafetensorsError(
            .tensorInWrongShard(entry.name, expected: names[first], found: names[place]), in: path)
        }
      }
    }
    // The least missing name, so that the message does not depend on hashing.
    if let missing = weightMap.keys.filter({ places[$0] == nil }).min() {
      throw SafetensorsError(
        .tensorMissingInShard(missing, shard: weightMap[missing] ?? ""), in: path)
    }
    return places
  }

  /// All tensors, file by file in the order of their data.
  package var entries: [TensorEntry] { files.flatMap(\.entries) }

  /// The tensor of that name, or nil.
  package func entry(named name: String) -> TensorEntry? {
    places[name].flatMap { files[$0].entry(named: name) }
  }

  /// The bytes of a tensor, as ``SafetensorsFile/bytes(of:)`` gives them.
  package func bytes(of name: String) throws(SafetensorsError) -> TensorBytes {
    guard let place = places[name] else {
      throw SafetensorsError(.noSuchTensor(name), in: path)
    }
    return try files[place].bytes(of: name)
  }

  /// Gives the memory behind all tensors back, as ``TensorBytes/discard()`` does for one.
  package func discard() {
    for file in files { file.discard() }
  }

  /// Checks that every file is still as it was when it was opened.
  package func verifyUnchanged() throws(SafetensorsError) {
    for file in files { try file.verifyUnchanged() }
  }

  /// Tells these weights from others: SHA-256 over types, shapes and the first and last bytes of every tensor, whatever
  /// the names and files.
  ///
  /// Reads a few kilobytes of each tensor, so that it takes no longer for a large model. It finds other weights, not
  /// every change of a single byte.
  package func fingerprint() throws(SafetensorsError) -> String {
    var tensors: [String] = []
    for entry in entries {
      var digest = SHA256()
      digest.update(Array("\(entry.dtype.rawValue) \(entry.shape)\n".utf8))
      let stored = try bytes(of: entry.name)
      let count = min(stored.bytes.count, 2048)
      digest.update(UnsafeRawBufferPointer(rebasing: stored.bytes.prefix(count)))
      digest.update(UnsafeRawBufferPointer(rebasing: stored.bytes.suffix(count)))
      tensors.append(digest.hexadecimal)
    }
    return SHA256.hexadecimal(of: Array(tensors.sorted().joined().utf8))
  }
}
