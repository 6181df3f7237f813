import ByteIO
import DocumentModel
import Raster

extension LayerRecord {
  /// The colour that fills the layer, with the outline of its vector mask where that has no raster.
  ///
  /// - Returns: `nil` for a layer that no colour fills, or whose colour or outline is not understood.
  func fill(in header: FileHeader) -> Fill? {
    guard let bytes = blocks["SoCo"], let color = try? solidColor(bytes, in: header)
    else { return nil }
    guard let outline = blocks["vmsk"] ?? blocks["vsms"], !hasMaskRaster else {
      return Fill(color: color)
    }
    guard let path = try? VectorOutline(reading: outline, on: header.size) else { return nil }
    if path.isDisabled { return Fill(color: color) }
    return (try? path.raster(on: header.size)).flatMap { shape in
      shape.map { Fill(color: color, shape: $0) }
    }
  }

  /// Whether the file holds the raster of the vector mask, alone or multiplied with what the user painted.
  private var hasMaskRaster: Bool {
    guard let mask, channels.contains(where: { $0.id == -2 }) else { return false }
    return mask.userMask != nil || mask.mask.flags & 8 != 0
  }

  /// The colour of the block "SoCo", in the numbers of the document.
  ///
  /// Source: Adobe Photoshop File Formats Specification, "Solid color sheet setting".
  private func solidColor(
    _ bytes: ArraySlice<UInt8>, in header: FileHeader
  ) throws(MalformedData) -> RGBAPixel? {
    var reader = ByteReader(bytes)
    guard case .descriptor(let color)? = try Descriptor(readingVersioned: &reader)["Clr "] else {
      return nil
    }
    func byte(_ share: Double) -> UInt8 {
      guard !share.isNaN else { return 0 }
      // Documents of 32 bits count linear light.
      if header.depth == .thirtyTwo { return sRGBByte(linear: Float(share)) }
      return UInt8(max(0, min(255, share * 255 + 0.5)))
    }
    switch (color.kind, header.colorMode) {
    case ("RGBC", .rgb):
      guard let red = color.number("Rd  "), let green = color.number("Grn "),
        let blue = color.number("Bl  ")
      else { return nil }
      return RGBAPixel(
        red: byte(red / 255), green: byte(green / 255), blue: byte(blue / 255), alpha: 255)
    case ("HSBC", .rgb):
      guard let hue = color.number("H   "), let saturation = color.number("Strt"),
        let brightness = color.number("Brgh"), hue.isFinite
      else { return nil }
      func channel(_ offset: Double) -> UInt8 {
        let turn = hue / 360 + offset / 6
        let place = (turn - turn.rounded(.down)) * 6
        let share = max(0, min(1, min(place, 4 - place)))
        return byte(brightness / 100 * (1 - saturation / 100 * share))
      }
      return RGBAPixel(red: channel(5), green: channel(3), blue: channel(1), alpha: 255)
    case ("Grsc", .grayscale):
      // Percent of black.
      guard let black = color.number("Gry ") else { return nil }
      let grey = byte(1 - black / 100)
      return RGBAPixel(red: grey, green: grey, blue: grey, alpha: 255)
    default: return nil
    }
  }
}
