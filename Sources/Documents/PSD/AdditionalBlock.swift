import ByteIO

/// A block of additional layer information: a key of four characters and bytes.
///
/// Source: Adobe Photoshop File Formats Specification, "Additional Layer Information".
package struct AdditionalBlock: Hashable, Sendable {
  /// What a block holds.
  package enum Content: Hashable, Sendable {
    /// Bytes as stored.
    case bytes(ArraySlice<UInt8>)
    /// The layers of a file with 16 or 32 bits a sample.
    case layers(LayerInformation)
  }

  /// "8BIM" or "8B64".
  package var signature: FourCharacterCode
  /// What the block is about.
  package var key: FourCharacterCode
  /// What it says.
  package var content: Content
  /// Bytes that fill up to the next block; writers differ on how many.
  package var padding: ArraySlice<UInt8>

  package init(_ key: FourCharacterCode, bytes: ArraySlice<UInt8>) {
    signature = "8BIM"
    self.key = key
    content = .bytes(bytes)
    padding = bytes.count % 2 == 0 ? [] : [0]
  }

  /// The bytes as stored; `nil` for layers.
  package var bytes: ArraySlice<UInt8>? {
    if case .bytes(let bytes) = content { bytes } else { nil }
  }

  /// The keys whose length has 8 bytes in PSB.
  private static let wideKeys: Set<FourCharacterCode> = [
    "LMsk", "Lr16", "Lr32", "Layr", "Mt16", "Mt32", "Mtrn", "Alph", "FMsk", "lnk2", "FEid", "FXid",
    "FELS", "lnk3", "lnkE", "PxSD", "pths", "extd", "extn", "cinf", "artd",
  ]

  private static let layerKeys: Set<FourCharacterCode> = ["Layr", "Lr16", "Lr32"]

  private func lengthVersion(in version: FileHeader.Version) -> FileHeader.Version {
    signature == "8B64" || Self.wideKeys.contains(key) ? version : .psd
  }

  fileprivate init(
    reading reader: inout ByteReader, header: FileHeader
  ) throws(MalformedData) {
    signature = try reader.readCode("block signature", oneOf: "8BIM", "8B64")
    key = try reader.readCode("block key")
    content = .bytes([])
    padding = []
    let name = "block \(key)"
    var section = try reader.readSection(name, in: lengthVersion(in: header.version))
    if Self.layerKeys.contains(key), !section.isAtEnd {
      content = .layers(try LayerInformation(reading: &section, header: header))
    } else {
      content = .bytes(section.readRemainder())
    }
    let paddingCount = Self.paddingCount(before: reader)
    padding = try reader.readBytes("block padding", count: paddingCount)
  }

  /// How many bytes lie before the next signature: 0...3, or all that is left where that is less
  /// than a block.
  private static func paddingCount(before reader: ByteReader) -> Int {
    for distance in 0...3 {
      guard let next = reader.peek(as: UInt32.self, after: distance) else { break }
      if ["8BIM", "8B64"].contains(FourCharacterCode(rawValue: next)) { return distance }
    }
    return reader.remainingCount < 4 ? reader.remainingCount : 0
  }

  /// Appends the block.
  package func write(
    to writer: inout ByteWriter, version: FileHeader.Version
  ) throws(SectionTooLong) {
    writer.write(signature.rawValue)
    writer.write(key.rawValue)
    try writer.writeSection("block \(key)", in: lengthVersion(in: version)) {
      section throws(SectionTooLong) in
      switch content {
      case .bytes(let bytes): section.write(bytes)
      case .layers(let layers): try layers.write(to: &section, version: version)
      }
    }
    writer.write(padding)
  }
}

/// The blocks of one layer or of the whole file, in their order.
package struct AdditionalBlocks: Hashable, Sendable {
  /// The blocks that could be read.
  package var blocks: [AdditionalBlock]
  /// What follows them without a signature; empty in a sound file.
  package var unread: ArraySlice<UInt8>

  package init(_ blocks: [AdditionalBlock] = []) {
    self.blocks = blocks
    unread = []
  }

  /// Reads to the end of the section.
  ///
  /// - Throws: ``MalformedData`` where a block is longer than the section, or its layers are
  ///   malformed.
  package init(reading reader: inout ByteReader, header: FileHeader) throws(MalformedData) {
    self.init()
    while let signature = reader.peek(as: UInt32.self),
      ["8BIM", "8B64"].contains(FourCharacterCode(rawValue: signature))
    {
      blocks.append(try AdditionalBlock(reading: &reader, header: header))
    }
    unread = reader.readRemainder()
  }

  /// The bytes of the first block with a key.
  package subscript(key: FourCharacterCode) -> ArraySlice<UInt8>? {
    blocks.first { $0.key == key }?.bytes
  }

  /// Appends the blocks.
  package func write(
    to writer: inout ByteWriter, version: FileHeader.Version
  ) throws(SectionTooLong) {
    for block in blocks { try block.write(to: &writer, version: version) }
    writer.write(unread)
  }
}
