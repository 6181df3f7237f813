import ByteIO

/// The third section: facts beside the pixels, such as resolution, colour profile and thumbnail.
///
/// Resources never touch pixels: where one is broken, it and what follows are kept as they are and
/// the rest of the file is read.
///
/// Source: Adobe Photoshop File Formats Specification, "Image Resources Section".
package struct ImageResources: Hashable, Sendable {
  /// The resources in their order in the file.
  package var resources: [ImageResource]
  /// What follows the last readable resource; empty in a sound file.
  package var unread: ArraySlice<UInt8>
  /// Why ``unread`` could not be read.
  package var fault: MalformedData?

  package init(_ resources: [ImageResource] = []) {
    self.resources = resources
    unread = []
  }

  /// - Throws: ``MalformedData`` where the length of the section is beyond the file.
  package init(reading reader: inout ByteReader) throws(MalformedData) {
    var section = try reader.readSection("image resources", lengthAs: UInt32.self)
    self.init()
    while !section.isAtEnd {
      var attempt = section
      do throws(MalformedData) {
        resources.append(try ImageResource(reading: &attempt))
        section = attempt
      } catch {
        fault = error.within("image resource \(resources.count)")
        unread = section.readRemainder()
      }
    }
  }

  /// The first resource with a number.
  package subscript(id: ImageResource.ID) -> ImageResource? {
    resources.first { $0.id == id }
  }

  /// Appends the section.
  package func write(to writer: inout ByteWriter) throws(SectionTooLong) {
    try writer.writeSection("image resources", lengthAs: UInt32.self) {
      section throws(SectionTooLong) in
      for resource in resources { try resource.write(to: &section) }
      section.write(unread)
    }
  }
}

/// One image resource: a number that says what it is, a name that is mostly empty, and bytes.
package struct ImageResource: Hashable, Sendable {
  /// What a resource is.
  package struct ID: RawRepresentable, Hashable, Sendable {
    package let rawValue: UInt16
    package init(rawValue: UInt16) { self.rawValue = rawValue }

    /// Pixels per inch: ``ResolutionInformation``.
    package static let resolution = ID(rawValue: 1005)
    /// A small JPEG of the picture behind a header of 28 bytes.
    package static let thumbnail = ID(rawValue: 1036)
    /// The bytes of an ICC profile.
    package static let colorProfile = ID(rawValue: 1039)
    /// Whether the file has a real merged picture: ``VersionInformation``.
    package static let versionInformation = ID(rawValue: 1057)
  }

  /// "8BIM", or one of the four characters that other programs use.
  package var signature: FourCharacterCode
  /// What the resource is.
  package var id: ID
  /// The name's bytes without the length before them.
  package var name: ArraySlice<UInt8>
  /// The byte that makes the name's field even, where there is one.
  package var namePadding: ArraySlice<UInt8>
  /// The content.
  package var data: ArraySlice<UInt8>
  /// The byte that makes the content even, where there is one.
  package var dataPadding: ArraySlice<UInt8>

  package init(_ id: ID, data: ArraySlice<UInt8>) {
    signature = "8BIM"
    self.id = id
    name = []
    namePadding = [0]
    self.data = data
    dataPadding = data.count % 2 == 0 ? [] : [0]
  }

  init(reading reader: inout ByteReader) throws(MalformedData) {
    signature = try reader.readCode("signature", oneOf: "8BIM", "MeSa", "AgHg", "PHUT", "DCSR")
    id = ID(rawValue: try reader.read("id"))
    let nameLength = Int(try reader.read("name length", as: UInt8.self))
    name = try reader.readBytes("name", count: nameLength)
    namePadding = try reader.readBytes("name padding", count: (nameLength + 1) % 2)
    var section = try reader.readSection("data", lengthAs: UInt32.self)
    data = section.readRemainder()
    // The last resource of some writers lacks its padding.
    dataPadding = try reader.readBytes(
      "data padding", count: min(data.count % 2, reader.remainingCount))
  }

  func write(to writer: inout ByteWriter) throws(SectionTooLong) {
    writer.write(signature.rawValue)
    writer.write(id.rawValue)
    try writer.writeSection("name of an image resource", lengthAs: UInt8.self) {
      section throws(SectionTooLong) in section.write(name)
    }
    writer.write(namePadding)
    try writer.writeSection("image resource", lengthAs: UInt32.self) {
      section throws(SectionTooLong) in section.write(data)
    }
    writer.write(dataPadding)
  }
}
