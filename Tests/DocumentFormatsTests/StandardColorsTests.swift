import DocumentFormats
import DocumentModel
import FileTesting
import Foundation
import ImageCodecs
import Raster
import Testing

@Suite struct StandardColorsTests {
  @Test(arguments: ["a.ora", "a.zip", "a"])
  func layersWithAProfileBecomeSRGBWithAWarning(name: String) throws {
    let url = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appendingPathComponent("../ImageCodecsTests/Fixtures/profiles/wide.icc")
    let bytes = try [UInt8](Data(contentsOf: url))
    let profile = try #require(ColorProfile(bytes, of: .rgb))
    let plain = try document()
    let wide = try LayeredDocument(canvas: plain.canvas, profile: profile.bytes, nodes: plain.nodes)
    let folder = try ScratchFolder()
    let warnings = try DocumentDestination(folder[name], overwriting: false).write(wide)
    #expect(warnings == ["colours are converted from the document's profile to sRGB"])
    let found = try OpenedDocument(contentsOf: folder[name]).document
    #expect(found.profile == nil)
    let expected = plain.layers.map { $0.pixels?.convertedToSRGB(from: profile) }
    #expect(found.layers.map(\.pixels) == expected)
    #expect(expected != plain.layers.map(\.pixels))
  }
}
