import ByteIO
import PSD
import Testing

@Suite struct LayerNameTests {
  @Test(arguments: [
    "", "Paint", "../../x", "a/b\n", "CON", "😀 שלום", String(repeating: "é", count: 65_536),
  ]) func aNameRoundTrips(name: String) throws {
    var file = try SmallFile.file()
    file.layerAndMaskInformation.layerInformation?.layers[1].rename(to: name)
    let read = try PhotoshopFile(reading: file.bytes())
    #expect(read.layerAndMaskInformation.layers[1].name == name)
  }

  @Test func anUnpairedSurrogateIsReplaced() throws {
    var layer = try SmallFile.file().layerAndMaskInformation.layers[1]
    layer.blocks.blocks = [AdditionalBlock("luni", bytes: [0, 0, 0, 2, 0xD8, 0, 0, 0x41])]
    #expect(layer.name == "\u{FFFD}A")
  }

  @Test func aUnicodeNameThatIsCutOffGivesWayToTheOlderName() throws {
    var layer = try SmallFile.file().layerAndMaskInformation.layers[1]
    layer.blocks.blocks = [AdditionalBlock("luni", bytes: [0xFF, 0xFF, 0xFF, 0xFF, 0, 65])]
    #expect(layer.name == "Paint")
  }

  @Test func anOlderNameIsUTF8OrElseMacRoman() throws {
    var layer = try SmallFile.file().layerAndMaskInformation.layers[1]
    layer.blocks.blocks = []
    layer.legacyName = [0xC3, 0xA4]
    #expect(layer.name == "ä")
    layer.legacyName = [0x8A, 0xFF, 0xCA, 0xF0]
    #expect(layer.name == "äˇ\u{A0}\u{F8FF}")
  }
}
