import ByteIO

/// Pixels per inch, image resource 1005.
package struct ResolutionInformation: Hashable, Sendable {
  /// Pixels in an inch from left to right, in 65 536ths.
  package var horizontal: UInt32
  /// Pixels in an inch from top to bottom, in 65 536ths.
  package var vertical: UInt32
  /// Units that people see, four numbers: of the horizontal resolution, the width, the vertical
  /// one, the height.
  package var displayUnits: [UInt16]

  package init(horizontal: UInt32, vertical: UInt32, displayUnits: [UInt16] = [1, 1, 1, 1]) {
    self.horizontal = horizontal
    self.vertical = vertical
    self.displayUnits = displayUnits
  }

  /// - Throws: ``MalformedData`` where it is shorter than 16 bytes.
  package init(reading resource: ImageResource) throws(MalformedData) {
    var reader = ByteReader(resource.data)
    horizontal = try reader.read("horizontal resolution")
    displayUnits = [try reader.read("resolution unit"), try reader.read("width unit")]
    vertical = try reader.read("vertical resolution")
    displayUnits += [try reader.read("resolution unit"), try reader.read("height unit")]
  }

  /// The resource.
  package var resource: ImageResource {
    var writer = ByteWriter()
    writer.write(horizontal)
    for unit in displayUnits.prefix(2) { writer.write(unit) }
    writer.write(vertical)
    for unit in displayUnits.dropFirst(2) { writer.write(unit) }
    return ImageResource(.resolution, data: writer.bytes[...])
  }
}

/// The part of image resource 1057 that says whether the merged picture is the picture.
package struct VersionInformation: Hashable, Sendable {
  /// False where the file was written without a merged picture, which is white then.
  package var hasMergedPicture: Bool

  /// - Throws: ``MalformedData`` where it is shorter than 5 bytes.
  package init(reading resource: ImageResource) throws(MalformedData) {
    var reader = ByteReader(resource.data)
    _ = try reader.read("version", as: UInt32.self)
    hasMergedPicture = try reader.read("merged picture", as: UInt8.self) != 0
  }
}
