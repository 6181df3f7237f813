/// How much a picture file may ask for; what exceeds it is refused before memory is taken.
public struct DecodingOptions: Hashable, Sendable {
  /// The most pixels of one picture; twice the 89,478,485 at which Pillow begins to warn.
  public var maximumPixelCount = 178_956_970

  /// The most bytes of a file, 1 GiB.
  public var maximumFileByteCount = 1 << 30

  /// The most bytes of an ICC profile or an EXIF block, uncompressed; larger ones are ignored.
  public var maximumMetadataByteCount = 8_000_000

  /// The default limits.
  public init() {}
}
