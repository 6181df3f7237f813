import ImageCodecs
import OneLine
import Raster
import RegularFiles

/// Pictures and what came of them, matched by their paths below two folders.
///
/// Folders inside are subsets and folders inside those subtypes, which the protocol averages apart.
package struct PicturePairs: Sendable {
  /// Pictures that are averaged together before subsets are.
  struct Group: Sendable {
    let subset: String
    let subtype: String
    /// Paths below the folder without their endings, sorted.
    let names: [String]
  }

  /// Makes a prediction of a reference.
  package typealias Reconstruction = @Sendable (RasterImage) throws -> RasterImage

  private enum Predictions {
    case folder(String, [String: String])
    case made(Reconstruction)
  }

  let groups: [Group]
  /// In one folder alone, with the reason why they have no score.
  package let unpaired: [SkippedSample]
  package var count: Int { groups.reduce(0) { $0 + $1.names.count } }
  private let references: String
  private let referenceFiles: [String: String]
  private let predictions: Predictions
  private let side: Int?

  /// Lists two folders.
  ///
  /// - Parameters:
  ///   - predictions: PNG files, named as the references but for the ending.
  ///   - references: PNG, JPEG or WebP files.
  ///   - side: What references are resized and cut to, see ``centerSquare(of:side:)``; nil leaves them as they are.
  /// - Throws: `UnlistableFolder`.
  package init(predictions: String, references: String, side: Int? = nil) throws {
    let predicted = try Self.files(in: predictions)
    let expected = try Self.files(in: references)
    let missing = expected.keys.filter { predicted[$0] == nil }.sorted()
    let extra = predicted.keys.filter { expected[$0] == nil }.sorted()
    unpaired =
      missing.map { SkippedSample(name: $0, reason: "there is no prediction") }
      + extra.map { SkippedSample(name: $0, reason: "there is no reference") }
    groups = Self.grouped(expected.keys.filter { predicted[$0] != nil })
    self.references = references
    referenceFiles = expected
    self.predictions = .folder(predictions, predicted)
    self.side = side
  }

  /// Lists a folder of references whose predictions are still to be made.
  ///
  /// - Throws: `UnlistableFolder`.
  package init(
    references: String, side: Int? = nil, reconstructing reconstruction: @escaping Reconstruction
  ) throws {
    referenceFiles = try Self.files(in: references)
    groups = Self.grouped(Array(referenceFiles.keys))
    unpaired = []
    self.references = references
    predictions = .made(reconstruction)
    self.side = side
  }

  /// Reads a pair.
  ///
  /// - Throws: `ImageCodecError`, ``UnscorablePicture``, and what making a prediction throws.
  package func pictures(
    _ name: String
  ) throws -> (prediction: RasterImage, reference: RasterImage) {
    guard let file = referenceFiles[name] else { throw UnscorablePicture.unknown }
    var reference = try DecodedImage(contentsOf: references + "/" + file).image
    if let side { reference = try Self.centerSquare(of: reference, side: side) }
    let prediction: RasterImage
    switch predictions {
    case .folder(let folder, let files):
      guard let file = files[name] else { throw UnscorablePicture.unknown }
      prediction = try DecodedImage(contentsOf: folder + "/" + file).image
    case .made(let reconstruction): prediction = try reconstruction(reference)
    }
    guard prediction.size == reference.size else {
      throw UnscorablePicture.sizes(found: prediction.size, expected: reference.size)
    }
    return (prediction, reference)
  }

  /// The square in the middle of a picture whose shorter side is resized to `side` pixels by the bilinear filter, as
  /// torchvision's `Resize` and `CenterCrop` make it of a Pillow picture.
  ///
  /// - Throws: `RasterError`.
  package static func centerSquare(
    of picture: RasterImage, side: Int
  ) throws(RasterError) -> RasterImage {
    let (width, height) = (picture.size.width, picture.size.height)
    let shortest = min(width, height)
    let size = PixelSize(width: width * side / shortest, height: height * side / shortest)
    let resized = try picture.resized(to: size, using: .bilinear)
    func margin(_ length: Int) -> Int {
      Int((Double(length - side) / 2).rounded(.toNearestOrEven))
    }
    return resized.cropped(
      to: PixelRectangle(
        x: margin(size.width), y: margin(size.height), width: side, height: side))
  }

  /// Files by their paths without endings.
  private static func files(in folder: String) throws(UnlistableFolder) -> [String: String] {
    let files = try FolderListing.files(
      in: folder, ending: [".png", ".jpg", ".jpeg", ".webp"], followingLinks: true)
    return Dictionary(
      files.map { file in (String(file[..<(file.lastIndex(of: ".") ?? file.endIndex)]), file) },
      uniquingKeysWith: { first, _ in first })
  }

  private static func grouped(_ names: [String]) -> [Group] {
    let groups = Dictionary(grouping: names) { name -> [String] in
      let folders = name.split(separator: "/").dropLast().map(String.init)
      return [folders.first ?? "", folders.dropFirst().joined(separator: "/")]
    }
    return groups.sorted { $0.key.lexicographicallyPrecedes($1.key) }.map { key, names in
      Group(subset: key[0], subtype: key[1], names: names.sorted())
    }
  }
}

/// Why a picture has no score.
package enum UnscorablePicture: Error, Hashable, Sendable, CustomStringConvertible {
  case sizes(found: PixelSize, expected: PixelSize)
  case tooSmall(PixelSize, side: Int)
  case unknown

  package var description: String {
    switch self {
    case .sizes(let found, let expected):
      "the prediction has \(found) pixels, the reference \(expected)"
    case .tooSmall(let size, let side):
      "\(size) pixels are too few: a side needs \(side)"
    case .unknown: "there is no such picture"
    }
  }
}
