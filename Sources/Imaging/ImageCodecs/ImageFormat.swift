/// A picture format that is read and written here.
public enum ImageFormat: String, Hashable, Sendable, CaseIterable {
  /// Portable Network Graphics, lossless.
  case png = "PNG"

  /// JPEG, baseline and progressive, 8 bits.
  case jpeg = "JPEG"

  /// WebP, lossy and lossless.
  case webp = "WebP"

  /// The longest side that a file of this format can have, in pixels.
  public var maximumSide: Int {
    switch self {
    case .png: 0x7FFF_FFFF
    case .jpeg: 65_500
    case .webp: 16_383
    }
  }
}

/// What the first bytes of a file say that it is; its name says nothing.
package enum RecognizedFormat: Hashable, Sendable {
  /// One of ours.
  case readable(ImageFormat)

  /// A format that people take for a picture and that is not read here, by its name.
  case foreign(String)

  /// Nothing that is known here.
  case unknown

  /// Recognizes a file by at most its first 16 bytes.
  package init(firstBytes bytes: [UInt8]) {
    func begins(with signature: [UInt8], at offset: Int = 0) -> Bool {
      bytes.dropFirst(offset).starts(with: signature)
    }
    let riff = Array("RIFF".utf8)
    if begins(with: [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]) {
      self = .readable(.png)
    } else if begins(with: [0xFF, 0xD8, 0xFF]) {
      self = .readable(.jpeg)
    } else if begins(with: riff), begins(with: Array("WEBP".utf8), at: 8) {
      self = .readable(.webp)
    } else if begins(with: Array("ftyp".utf8), at: 4) {
      self = .foreign(Self.name(ofBrand: bytes.dropFirst(8).prefix(4)))
    } else if let (_, name) = Self.foreignSignatures.first(where: { begins(with: $0.bytes) }) {
      self = .foreign(name)
    } else {
      self = .unknown
    }
  }

  /// What follows "ftyp" tells the formats of the ISO media container apart.
  private static func name(ofBrand brand: ArraySlice<UInt8>) -> String {
    switch String(decoding: brand, as: UTF8.self) {
    case "avif", "avis": "AVIF"
    case "heic", "heix", "heim", "heis", "hevc", "mif1", "msf1": "HEIC"
    case "jp2 ": "JPEG 2000"
    default: "MP4"
    }
  }

  private static let foreignSignatures: [(bytes: [UInt8], name: String)] = [
    (Array("GIF8".utf8), "GIF"),
    (Array("8BPS".utf8), "PSD"),
    (Array("BM".utf8), "BMP"),
    ([0x49, 0x49, 0x2A, 0x00], "TIFF"),
    ([0x4D, 0x4D, 0x00, 0x2A], "TIFF"),
    ([0x00, 0x00, 0x01, 0x00], "ICO"),
    ([0xFF, 0x0A], "JPEG XL"),
    ([0x00, 0x00, 0x00, 0x0C, 0x4A, 0x58, 0x4C, 0x20], "JPEG XL"),
    ([0x00, 0x00, 0x00, 0x0C, 0x6A, 0x50, 0x20, 0x20], "JPEG 2000"),
    ([0x76, 0x2F, 0x31, 0x01], "OpenEXR"),
    (Array("%PDF".utf8), "PDF"),
    (Array("PK\u{03}\u{04}".utf8), "ZIP"),
    (Array("<svg".utf8), "SVG"),
    (Array("<?xml".utf8), "XML"),
  ]
}
