import ByteIO
import ImageCodecs
import Raster

/// Reads the pictures that a description names; one that is named often is read and decoded once.
struct PictureReader {
  private let options: DecodingOptions
  private let isLenient: Bool
  private let contents: (String) throws -> [UInt8]?
  private var files: [String: [UInt8]] = [:]
  private var decoded: [String: DecodedImage] = [:]
  private(set) var encoded = EncodedPictures()
  private(set) var warnings: [LayerFilesWarning] = []

  init(
    options: DecodingOptions, isLenient: Bool, contents: @escaping (String) throws -> [UInt8]?
  ) {
    self.options = options
    self.isLenient = isLenient
    self.contents = contents
  }

  /// Reads all files of a description and checks that what they declare is not too much.
  mutating func open(_ description: LayersDescription) throws {
    for layer in description.layers {
      if layer.hasPixels { try open(layer.file) }
      try open(layer.attributes)
    }
    try open(description.tree ?? [])
    var pixelCount = 0
    for (name, bytes) in files {
      do throws(ImageCodecError) {
        // A lone picture is within the options' limit, so the sum fits.
        pixelCount += try PixelSize(ofPicture: bytes, options: options).pixelCount ?? 0
      } catch {
        guard isLenient else { throw ImageCodecError(error.problem, path: name) }
      }
      guard pixelCount <= LayerFiles.maximumPixelCount else {
        throw MalformedData(
          .overLimit(found: Int64(pixelCount), limit: Int64(LayerFiles.maximumPixelCount)),
          in: "pixels of all pictures", at: 0)
      }
    }
  }

  /// The pixels of a file that was opened; `nil` where they are broken and need not be there.
  mutating func picture(_ name: String, ofLayer index: Int?) throws -> RasterImage? {
    guard let bytes = files[name] else { return nil }
    if decoded[name] == nil {
      do throws(ImageCodecError) {
        let picture = try DecodedImage(decoding: bytes, options: options)
        warnings += picture.warnings.map { .picture(file: name, $0) }
        decoded[name] = picture
      } catch {
        guard isLenient else { throw ImageCodecError(error.problem, path: name) }
        warnings.append(.broken(file: name, reason: error.problem.description))
        files[name] = nil
      }
    }
    guard let picture = decoded[name] else { return nil }
    if let index { encoded.remember(picture, bytes: bytes, ofLayer: index) }
    return picture.image
  }

  /// Recursion is bounded by the depth that the text may have.
  private mutating func open(_ members: [LayersDescription.Member]) throws {
    for case .group(let group) in members {
      try open(group.attributes)
      try open(group.members)
    }
  }

  private mutating func open(_ attributes: LayersDescription.Attributes) throws {
    if let file = attributes.mask?.file { try open(file) }
    if let file = attributes.vectorMask?.file { try open(file) }
  }

  private mutating func open(_ name: String) throws {
    guard files[name] == nil else { return }
    if let bytes = try contents(name) {
      files[name] = bytes
    } else if isLenient {
      warnings.append(.broken(file: name, reason: "is missing"))
    } else {
      throw MalformedData(
        .invalid("names \(name.debugDescription), which is missing"), in: "file", at: 0)
    }
  }
}
