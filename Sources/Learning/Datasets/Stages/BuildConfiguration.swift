import Digests
import FoundationEssentials
import Shards

/// What a build of a dataset decides by; every threshold is here.
///
/// Keys that a file leaves out have the defaults; unknown keys are refused.
package struct BuildConfiguration: Hashable, Sendable, Codable {
  /// Which picture the layers are held against.
  package enum Reference: String, Codable, Sendable {
    /// The one that the file's author saw, where the file holds it; else the rendering.
    case stored
    /// What the layers themselves give.
    case rendered
  }

  /// What a picture is held against.
  package var reference = Reference.stored
  /// Whether documents without a stored picture may have features that are not rendered.
  package var allowsNotRendered = false
  /// The largest difference of any channel between layers and picture: 2 of 255.
  package var maximumError = 2
  /// A layer without which no pixel changes by more than this contributes nothing: 1 of 255.
  package var maximumContribution = 1.0
  /// Layers of which no more pixels show are specks.
  package var maximumSpeckPixelCount = 1
  package var blur = BlurRule()
  package var face = FaceRule()
  /// The fewest layers of a sample.
  package var minimumLayerCount = 2
  /// The most layers of a sample; neighbours are merged until it holds.
  package var maximumLayerCount = 20
  /// Whether layers that do not overlap are merged.
  package var mergesDisjointLayers = true
  /// The shortest side of a canvas.
  package var minimumSide = 8
  /// The most pixels of a canvas.
  package var maximumPixelCount = 1 << 26
  /// Samples are resized to the bucket of about this many pixels squared; `nil` leaves their size.
  package var size: Int?
  /// The most by which a side grows for its bucket.
  package var maximumEnlargement = 1.0
  package var limits = WorkLimits()
  /// Shards are ended before they are longer.
  package var shardByteCount = 256 << 20

  /// The default thresholds.
  package init() {}

  /// What decides whether results can be used again: this, and the version of the program.
  package func fingerprint(toolVersion: String, captioner: String) throws -> String {
    var hash = SHA256()
    hash.update(try encodedJSON(self))
    hash.update(Array("\(toolVersion)\n\(captioner)\n".utf8))
    return hash.hexadecimal
  }

  /// Checks that every threshold makes sense.
  package func validate() throws(InvalidConfiguration) {
    func check<Value: Comparable>(
      _ key: String, _ value: Value, in range: ClosedRange<Value>
    ) throws(InvalidConfiguration) {
      guard range.contains(value) else {
        throw InvalidConfiguration(
          key: key, reason: "\(value) is not in \(range.lowerBound)...\(range.upperBound)")
      }
    }
    try check("maximumError", maximumError, in: 0...255)
    try check("maximumContribution", maximumContribution, in: 0...255)
    try check("maximumSpeckPixelCount", maximumSpeckPixelCount, in: 0...1_000_000)
    try check("minimumLayerCount", minimumLayerCount, in: 1...SampleDescription.maximumLayerCount)
    try check(
      "maximumLayerCount", maximumLayerCount,
      in: minimumLayerCount...SampleDescription.maximumLayerCount)
    try check("minimumSide", minimumSide, in: 1...1 << 20)
    try check("maximumPixelCount", maximumPixelCount, in: 1...1 << 30)
    if let size { try check("size", size, in: 64...2048) }
    try check("maximumEnlargement", maximumEnlargement, in: 0.01...64)
    try check("shardByteCount", shardByteCount, in: 1 << 12...1 << 40)
    try check("limits.seconds", limits.seconds, in: 1...86_400)
    try check("limits.mebibytes", limits.mebibytes, in: 256...1 << 20)
    try check("blur.minimumPixelCount", blur.minimumPixelCount, in: 1...1 << 30)
    try check("blur.minimumContrast", blur.minimumContrast, in: 0...255)
    try check("blur.maximumSharpness", blur.maximumSharpness, in: 0...1024)
    try check("blur.minimumUnevenness", blur.minimumUnevenness, in: 0...255)
    try check("face.blockSide", face.blockSide, in: 4...256)
    try check("face.minimumBlockCount", face.minimumBlockCount, in: 1...1 << 20)
    try check("face.minimumSkinShare", face.minimumSkinShare, in: 0...1)
    try check("face.maximumSharpness", face.maximumSharpness, in: 0...1024)
    try check("face.minimumDetail", face.minimumDetail, in: 0...1024)
    try check("face.minimumRatio", face.minimumRatio, in: 1...1_000_000)
  }
}

/// What one file may take of the machine.
package struct WorkLimits: Hashable, Sendable, Codable {
  /// Of the clock; processors may be busy four times as long.
  package var seconds = 120
  /// Of address space.
  package var mebibytes = 4096
}

/// A configuration that cannot be used.
package struct InvalidConfiguration: Error, Hashable, Sendable, CustomStringConvertible {
  package let key: String
  package let reason: String

  package var description: String { "configuration: '\(key)': \(reason)" }
}
