import DocumentFormats
import DocumentModel
import FileTesting
import Foundation
import ImageCodecs
import Raster
import Testing

func picture(_ width: Int, _ height: Int) throws -> RasterImage {
  try RasterImage(
    size: PixelSize(width: width, height: height),
    filledWith: RGBAPixel(red: 9, green: 99, blue: 199, alpha: 255))
}

func document() throws -> LayeredDocument {
  try LayeredDocument(
    canvas: PixelSize(width: 8, height: 6),
    nodes: [
      .layer(Layer(attributes: LayerAttributes(name: "back"), pixels: try picture(8, 6))),
      .layer(
        Layer(
          attributes: LayerAttributes(name: "front"), pixels: try picture(2, 3),
          origin: PixelPoint(x: 1, y: 2))),
    ])
}

@Suite struct RecognitionTests {
  @Test(
    arguments: [
      ("a.PSD", .psd), ("a.b.psb", .psb), ("x/a.ora", .openRaster), ("a.pptx", .powerPoint),
      ("a.zip", .zip), ("a.Jpeg", .picture), ("a", nil), ("a.ora/b", nil), (".", nil), ("", nil),
    ] as [(String, DocumentFormat?)])
  func aNameStandsForAFormatByItsEnding(name: String, format: DocumentFormat?) {
    #expect(DocumentFormat(extensionOf: name) == format)
  }

  @Test func aDocumentIsReadAsWhatItsFirstBytesSayWithAWarning() throws {
    let folder = try ScratchFolder()
    try OpenedDocumentTests.write(document(), to: folder["a.ora"])
    try FileManager.default.moveItem(atPath: folder["a.ora"], toPath: folder["a.psd"])
    let opened = try OpenedDocument(contentsOf: folder["a.psd"])
    #expect(opened.format == .openRaster)
    #expect(try opened.document == document())
    #expect(opened.warnings == ["the name says PSD, the content is OpenRaster"])
  }

  @Test func aPictureIsADocumentOfOneLayer() throws {
    let folder = try ScratchFolder()
    try folder.write(picture(5, 4).encoded(as: .png), to: "a.png")
    let opened = try OpenedDocument(contentsOf: folder["a.png"])
    #expect(opened.format == .picture)
    #expect(opened.document.canvas == PixelSize(width: 5, height: 4))
    #expect(try opened.document.layers.map(\.pixels) == [picture(5, 4)])
  }

  @Test(arguments: [
    ("none.psd", "none.psd: no such file", true), ("empty.psd", "the file is empty", false),
    ("pipe", "is not a regular file", true), ("gif", "GIF files are not read", false),
    ("text", "not a document that is known here", false),
    ("short.psd", "PSD: signature at byte 0", false), ("a.pptx", "written, not read", false),
    ("cut.ora", "OpenRaster: ", false), ("cut.png", "picture: ", false),
  ])
  func whatCannotBeReadIsNamed(name: String, words: String, isUnavailable: Bool) throws {
    let folder = try ScratchFolder()
    try folder.write([], to: "empty.psd")
    try folder.write("GIF89a".utf8, to: "gif")
    try folder.write("text".utf8, to: "text")
    try folder.write("8B".utf8, to: "short.psd")
    try folder.write("PK\u{3}\u{4}".utf8, to: "a.pptx")
    try folder.write("PK\u{3}\u{4}".utf8, to: "cut.ora")
    try folder.write(picture(5, 4).encoded(as: .png).prefix(40), to: "cut.png")
    #expect(mkfifo(folder["pipe"], 0o600) == 0)
    let error = #expect(throws: DocumentFileError.self) {
      try OpenedDocument(contentsOf: folder[name])
    }
    let text = try #require(error?.description)
    #expect(text.hasPrefix(folder[name]) && text.contains(words), "\(text)")
    #expect(!text.contains("\n"))
    #expect(error?.isInputUnavailable == isUnavailable)
  }
}
