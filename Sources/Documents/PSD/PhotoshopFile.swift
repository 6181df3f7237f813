import ByteIO

/// A PSD or PSB file as its five sections, pixels still compressed.
///
/// Reading a file and writing it back gives the same bytes; what this program does not understand
/// is kept.
///
/// Source: Adobe Photoshop File Formats Specification, "Photoshop File Format".
package struct PhotoshopFile: Hashable, Sendable {
  package var header: FileHeader
  package var colorModeData: ColorModeData
  package var imageResources: ImageResources
  package var layerAndMaskInformation: LayerAndMaskInformation
  package var imageData: ImageData
  /// Where a file that was read leniently ends too early, or goes wrong; what was read before is here.
  package private(set) var fault: MalformedData?

  /// Puts sections together.
  package init(
    header: FileHeader, colorModeData: ColorModeData = ColorModeData(),
    imageResources: ImageResources = ImageResources(),
    layerAndMaskInformation: LayerAndMaskInformation, imageData: ImageData
  ) {
    self.header = header
    self.colorModeData = colorModeData
    self.imageResources = imageResources
    self.layerAndMaskInformation = layerAndMaskInformation
    self.imageData = imageData
  }

  /// Reads a whole file; memory follows its length, not what it declares.
  ///
  /// - Parameters:
  ///   - bytes: The file.
  ///   - isLenient: Whether a file that is cut or broken behind its image resources gives the layers before that
  ///     place, with a ``fault``.
  /// - Throws: ``MalformedData`` naming the field and its offset.
  package init(reading bytes: [UInt8], isLenient: Bool = false) throws(MalformedData) {
    var reader = ByteReader(bytes)
    header = try FileHeader(reading: &reader)
    colorModeData = try ColorModeData(reading: &reader, colorMode: header.colorMode)
    imageResources = try ImageResources(reading: &reader)
    let layers = reader
    do throws(MalformedData) {
      layerAndMaskInformation = try LayerAndMaskInformation(reading: &reader, header: header)
      imageData = try ImageData(reading: &reader)
    } catch {
      guard isLenient else { throw error }
      layerAndMaskInformation = LayerAndMaskInformation(salvaging: layers, header: header)
      imageData = ImageData(compression: .raw, data: [])
      fault = error
    }
  }

  /// The bytes of the file.
  ///
  /// - Throws: ``SectionTooLong``, for instance where a PSD passes 4 GiB.
  package func bytes() throws(SectionTooLong) -> [UInt8] {
    var writer = ByteWriter()
    header.write(to: &writer)
    try colorModeData.write(to: &writer)
    try imageResources.write(to: &writer)
    try layerAndMaskInformation.write(to: &writer, version: header.version)
    imageData.write(to: &writer)
    return writer.bytes
  }
}
