import Assets
import Composition
import Digests
import RegularFiles
import Shards

/// What a dataset was composed of and how: `manifest.json`.
package struct SynthesisManifest: Hashable, Sendable, Codable {
  package static let fileName = Manifest.fileName

  package var format = "layered-synthesis"
  package var version = 1
  /// The version of the program.
  package var tool: String
  /// Of version, pack, options and count.
  package var fingerprint: String
  /// SHA-256 of the pack.
  package var pack: String
  package var sources: [AssetSource]
  package var options: CompositionOptions
  package var count: Int
  /// Who wrote the captions.
  package var captioner = "template"
  /// Samples of each category.
  package var categories: [String: Int] = [:]
  /// Samples by their number of layers.
  package var layerCounts: [String: Int] = [:]

  init(tool: String, pack: AssetPack, options: CompositionOptions, count: Int) {
    self.tool = tool
    self.pack = pack.hash
    sources = pack.sources
    self.options = options
    self.count = count
    let identity = "\(tool)\n\(SampleComposer.version)\n\(pack.hash)\n\(options)\n\(count)"
    fingerprint = SHA256.hexadecimal(of: Array(identity.utf8))
  }

  /// Reads the manifest of a composed dataset.
  ///
  /// - Throws: ``DatasetError/badManifest(_:_:)``.
  init(of dataset: String) throws(DatasetError) {
    let path = "\(dataset)/\(Self.fileName)"
    do {
      let bytes = try RegularFile.contents(path: path, limit: 64 << 20)
      self = try decodedJSON(Self.self, from: bytes)
    } catch {
      throw .badManifest(path, "\(error)")
    }
  }

  mutating func record(_ sample: SampleDescription) {
    categories[sample.category, default: 0] += 1
    layerCounts["\(sample.layers.count)", default: 0] += 1
  }
}
