import Digests
import Raster

/// What an asset is used for.
package enum AssetKind: String, Hashable, Sendable, Codable, CaseIterable {
  /// An opaque photograph or texture, for backgrounds and cards.
  case photo
  /// A cut-out with soft alpha.
  case object
  /// A small picture with soft alpha, as in icons.
  case emoji
  /// Alpha of a word set in a face; its colour does not count.
  case word
}

/// Which samples an asset may be part of, so that no picture is seen both in training and in testing.
package enum AssetSplit: String, Hashable, Sendable, Codable, CaseIterable {
  case train, validation, test

  /// The split of a family: a twentieth each of all families are for validation and for testing.
  package init(ofFamily family: String) {
    let digest = SHA256.hexadecimal(of: Array(family.utf8))
    switch (UInt64(digest.prefix(15), radix: 16) ?? 0) % 20 {
    case 0: self = .validation
    case 1: self = .test
    default: self = .train
    }
  }
}

/// A picture of a pack: everything but its pixels.
package struct Asset: Hashable, Sendable {
  /// How a word stands on its line; lengths are pixels of the asset.
  package struct Setting: Hashable, Sendable, Codable {
    /// The word.
    package var text: String
    /// The face, such as "Lato Black".
    package var face: String
    /// The script by its Unicode name, such as "Latin".
    package var script: String
    /// The baseline, from the top; it may lie outside the picture.
    package var baseline: Int
    /// The size of the face.
    package var em: Int

    package init(text: String, face: String, script: String, baseline: Int, em: Int) {
      self.text = text
      self.face = face
      self.script = script
      self.baseline = baseline
      self.em = em
    }
  }

  package var kind: AssetKind
  /// Words for captions, such as "red bicycle".
  package var name: String
  /// Assets of one family resemble each other and share a split: variants of a drawing, words of a face.
  package var family: String
  /// The place of its source in the pack's index.
  package var source: Int
  package var size: PixelSize
  /// Of words only.
  package var setting: Setting?

  /// Which samples it may be part of.
  package var split: AssetSplit { AssetSplit(ofFamily: "\(kind.rawValue)\n\(family)") }

  package init(
    kind: AssetKind, name: String, family: String, source: Int, size: PixelSize,
    setting: Setting? = nil
  ) {
    self.kind = kind
    self.name = name
    self.family = family
    self.source = source
    self.size = size
    self.setting = setting
  }
}

/// Where assets come from.
package struct AssetSource: Hashable, Sendable, Codable {
  /// The package, with its version where it is known.
  package var package: String
  /// The licence, such as "public domain" or "OFL-1.1".
  package var licence: String

  package init(package: String, licence: String) {
    self.package = package
    self.licence = licence
  }
}
