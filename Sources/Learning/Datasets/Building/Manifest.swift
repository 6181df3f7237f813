import RegularFiles
import Shards

/// What a dataset was made of and how, and what became of every file: `manifest.json`.
package struct Manifest: Hashable, Sendable, Codable {
  /// Which part of the files a machine took.
  package struct Part: Hashable, Sendable, Codable {
    /// 1...``count``.
    package var number: Int
    package var count: Int

    /// Makes a part; `nil` where the number is not in `1...count`.
    package init?(number: Int, of count: Int) {
      guard count >= 1, (1...count).contains(number) else { return nil }
      self.number = number
      self.count = count
    }

    /// Whether the part takes the file with that digest; the same content always goes to the same part.
    func takes(_ sha256: String) -> Bool {
      let value = UInt64(sha256.prefix(15), radix: 16) ?? 0
      return value % UInt64(count) == UInt64(number - 1)
    }
  }

  package static let fileName = "manifest.json"

  package var format = "layered-dataset"
  package var version = 1
  /// The version of the program.
  package var tool: String
  /// Of configuration, version and captioner.
  package var fingerprint: String
  package var configuration: BuildConfiguration
  /// Who wrote the captions.
  package var captioner: String
  /// The part, where the dataset is one.
  package var part: Part?
  /// Every file in the order of their paths.
  package var sources: [SourceRecord]

  /// Reads the manifest of a dataset.
  ///
  /// - Throws: ``DatasetError/badManifest(_:_:)``.
  package init(of dataset: String) throws(DatasetError) {
    let path = "\(dataset)/\(Self.fileName)"
    let bytes: [UInt8]
    do throws(RegularFileError) {
      bytes = try RegularFile.contents(path: path, limit: 1 << 30)
    } catch {
      throw .badManifest(path, "\(ShardError.Reason.unavailable(error))")
    }
    do throws(ShardError.Reason) {
      self = try decodedJSON(Self.self, from: bytes)
    } catch {
      throw .badManifest(path, "\(error)")
    }
    guard format == "layered-dataset", version == 1 else {
      throw .badManifest(path, "the format is '\(format)' \(version)")
    }
    if let part, Part(number: part.number, of: part.count) == nil {
      throw .badManifest(path, "there is no part \(part.number) of \(part.count)")
    }
  }

  package init(
    tool: String, fingerprint: String, configuration: BuildConfiguration, captioner: String,
    part: Part?, sources: [SourceRecord]
  ) {
    self.tool = tool
    self.fingerprint = fingerprint
    self.configuration = configuration
    self.captioner = captioner
    self.part = part
    self.sources = sources
  }

  /// How many files of each reason gave no sample.
  package var dropCounts: [(reason: FileDropReason, count: Int)] {
    FileDropReason.allCases.compactMap { reason in
      let count = sources.count { $0.reason == reason }
      return count > 0 ? (reason, count) : nil
    }
  }

  /// How many layers of each reason were left out, in all files.
  package var layerDropCounts: [(reason: LayerDropReason, count: Int)] {
    LayerDropReason.allCases.compactMap { reason in
      let count = sources.reduce(0) { $0 + $1.droppedLayers.count { $0.reason == reason } }
      return count > 0 ? (reason, count) : nil
    }
  }

  package var keptCount: Int { sources.count { $0.outcome == .kept } }
}
