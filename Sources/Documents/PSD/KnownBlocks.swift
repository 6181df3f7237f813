import ByteIO

/// The block "lsct" or "lsdk": a layer that begins or ends a group instead of having pixels.
package struct SectionDivider: Hashable, Sendable {
  /// What the layer is.
  ///
  /// Layers come from the bottom up, so a group's end comes before its members.
  package enum Kind: UInt32, CaseIterable, Sendable {
    case other = 0
    case openGroup = 1
    case closedGroup = 2
    case groupEnd = 3
  }

  /// What the layer is.
  package var kind: Kind
  /// The blend mode of the group, "pass" among them, where the block has one.
  package var blendKey: FourCharacterCode?

  package init(_ kind: Kind, blendKey: FourCharacterCode? = nil) {
    self.kind = kind
    self.blendKey = blendKey
  }

  /// - Throws: ``MalformedData`` where the kind is unknown or cut off.
  package init(reading bytes: ArraySlice<UInt8>) throws(MalformedData) {
    var reader = ByteReader(bytes)
    kind = try reader.read("section divider")
    guard reader.remainingCount >= 8 else { return }
    _ = try reader.readCode("section divider signature", oneOf: "8BIM")
    blendKey = try reader.readCode("section divider blend key")
  }

  /// The block.
  package var block: AdditionalBlock {
    var writer = ByteWriter()
    writer.write(kind.rawValue)
    if let blendKey {
      writer.write(("8BIM" as FourCharacterCode).rawValue)
      writer.write(blendKey.rawValue)
    }
    return AdditionalBlock("lsct", bytes: writer.bytes[...])
  }
}

extension AdditionalBlocks {
  /// What the blocks "lsct" or "lsdk" say; `nil` for an ordinary layer.
  ///
  /// - Throws: ``MalformedData`` where the block is malformed.
  package func sectionDivider() throws(MalformedData) -> SectionDivider? {
    guard let bytes = self["lsct"] ?? self["lsdk"] else { return nil }
    return try SectionDivider(reading: bytes)
  }

  /// The Unicode name of the block "luni", unpaired surrogates replaced; `nil` where there is none
  /// or it is cut off.
  package var unicodeName: String? {
    guard let bytes = self["luni"] else { return nil }
    var reader = ByteReader(bytes)
    return try? reader.readUnicodeString("name")
  }

  /// How much of the layer's own pixels shows, effects apart: the block "iOpa", 255 where there is
  /// none.
  package var fillOpacity: UInt8 { self["iOpa"]?.first ?? 255 }
}

extension LayerRecord {
  /// The name as people gave it: the Unicode one, else the older one as UTF-8, else as Mac OS
  /// Roman.
  package var name: String {
    blocks.unicodeName ?? String(validating: legacyName, as: UTF8.self)
      ?? String(macRoman: legacyName)
  }

  /// Gives the layer a name in both forms; the older one holds ASCII only and at most 255
  /// characters.
  package mutating func rename(to name: String) {
    let ascii = name.unicodeScalars.prefix(255).map {
      $0.isASCII ? UInt8($0.value) : UInt8(ascii: "?")
    }
    legacyName = ascii[...]
    namePadding = ArraySlice(repeating: 0, count: 3 - ascii.count % 4)
    var writer = ByteWriter()
    writer.writeUnicodeString(name)
    let block = AdditionalBlock("luni", bytes: writer.bytes[...])
    if let index = blocks.blocks.firstIndex(where: { $0.key == "luni" }) {
      blocks.blocks[index] = block
    } else {
      blocks.blocks.append(block)
    }
  }
}

extension ByteReader {
  /// Reads a count of UTF-16 units and the units; final NULs are left out, unpaired surrogates
  /// replaced.
  mutating func readUnicodeString(
    _ field: @autoclosure () -> String
  ) throws(MalformedData) -> String {
    let start = offset
    let count = try read("length of \(field())", as: UInt32.self)
    guard count <= remainingCount / 2 else {
      throw MalformedData(
        .overLimit(found: Int64(count), limit: Int64(remainingCount / 2)),
        in: "length of \(field())", at: start)
    }
    var units: [UInt16] = []
    units.reserveCapacity(Int(count))
    for _ in 0..<count { units.append(try read(field())) }
    while units.last == 0 { units.removeLast() }
    return String(decoding: units, as: UTF16.self)
  }
}

extension ByteWriter {
  /// Appends a count of UTF-16 units and the units.
  mutating func writeUnicodeString(_ text: String) {
    let units = Array(text.utf16)
    write(UInt32(clamping: units.count))
    for unit in units { write(unit) }
  }
}

extension String {
  /// Every byte is a character of Mac OS Roman, the encoding of older files.
  init(macRoman bytes: some Sequence<UInt8>) {
    let scalars = bytes.map { byte in
      byte < 128 ? Unicode.Scalar(byte) : macRomanUpperHalf[Int(byte) - 128]
    }
    self.init(String.UnicodeScalarView(scalars))
  }
}

/// The characters 128...255 of Mac OS Roman.
///
/// Source: Unicode Consortium, VENDORS/APPLE/ROMAN.TXT.
private let macRomanUpperHalf = Array(
  """
  ÄÅÇÉÑÖÜáàâäãåçéèêëíìîïñóòôöõúùûü†°¢£§•¶ß®©™´¨≠ÆØ∞±≤≥¥µ∂∑∏π∫ªºΩæø¿¡¬√ƒ≈∆«»…\u{A0}ÀÃÕŒœ\
  –—“”‘’÷◊ÿŸ⁄€‹›ﬁﬂ‡·‚„‰ÂÊÁËÈÍÎÏÌÓÔ\u{F8FF}ÒÚÛÙıˆ˜¯˘˙˚¸˝˛ˇ
  """.unicodeScalars)
