/// What became of one file: an entry of the manifest.
package struct SourceRecord: Hashable, Sendable, Codable {
  package enum Outcome: String, Codable, Sendable {
    /// It is a sample.
    case kept
    /// It gives no sample.
    case dropped
    /// The process that worked on it did not end well.
    case quarantined
  }

  /// Pixels from left to right and from top to bottom.
  package struct Size: Hashable, Sendable, Codable {
    package var width: Int
    package var height: Int
  }

  /// How the bytes of the sample are known again.
  package struct Fragment: Hashable, Sendable, Codable {
    package var byteCount: Int
    package var crc32: UInt32
  }

  /// The name of the folder that was given, then the way to the file.
  package var path: String
  package var byteCount: Int
  /// Of the file's bytes; empty where it could not be read.
  package var sha256: String
  package var outcome = Outcome.dropped
  package var reason: FileDropReason?
  package var detail: String?
  /// The key of the sample.
  package var key: String?
  package var canvas: Size?
  /// The size in which a model sees it.
  package var bucket: Size?
  package var category: String?
  package var captionAuthor: String?
  /// Layers in the file, at any depth.
  package var layerCount: Int?
  /// Layers that count, before merging.
  package var contributingLayerCount: Int?
  /// Layers of the sample.
  package var mergedLayerCount: Int?
  /// The largest difference between the recomposed layers and the picture, in levels.
  package var maximumError: Int?
  /// SHA-256 of the picture's size and pixels.
  package var pixelHash: String?
  /// What visible layers have that is not drawn.
  package var notRendered: [String] = []
  package var droppedLayers: [DroppedLayer] = []
  /// Further remarks, one line each.
  package var notes: [String] = []
  package var fragment: Fragment?

  /// A file of which nothing is known yet but its content.
  package init(path: String, byteCount: Int, sha256: String) {
    self.path = path
    self.byteCount = byteCount
    self.sha256 = sha256
  }

  /// Marks the file as one that gives no sample.
  package mutating func drop(_ drop: FileDrop, as outcome: Outcome = .dropped) {
    self.outcome = outcome
    reason = drop.reason
    detail = drop.detail.isEmpty ? nil : drop.detail
    key = nil
    fragment = nil
    captionAuthor = nil
  }
}
