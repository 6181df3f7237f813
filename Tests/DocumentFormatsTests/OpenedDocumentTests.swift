import AtomicFiles
import DocumentFormats
import DocumentModel
import FileTesting
import Foundation
import ImageCodecs
import Raster
import RasterTesting
import Testing
import ZipArchive

/// Documents written, opened, and written again.
@Suite struct OpenedDocumentTests {
  static func write(_ document: LayeredDocument, to path: String) throws {
    try DocumentDestination(path, overwriting: false).write(document)
  }

  @Test func whatExistsIsNotReplacedUnasked() throws {
    let folder = try ScratchFolder()
    try folder.write([1], to: "a.ora")
    #expect(throws: OutputError(.alreadyExists, at: folder["a.ora"])) {
      try DocumentDestination(folder["a.ora"], overwriting: false)
    }
    #expect(try folder.bytes(of: "a.ora") == [1])
  }

  @Test(arguments: ["a.psd", "a.psb", "a.ora", "a.zip", "a"])
  func inputAndOutputMayBeTheSame(name: String) throws {
    let folder = try ScratchFolder()
    try Self.write(document(), to: folder[name])
    let opened = try OpenedDocument(contentsOf: folder[name])
    let edited = try opened.document.replacing(NodePath([1]), with: [])
    try opened.write(edited, to: folder[name], overwriting: true)
    #expect(try OpenedDocument(contentsOf: folder[name]).document == edited)
    #expect(try folder.names == [name])
  }

  @Test(arguments: ["a.psd", "a.pptx", "a.ora", "a.zip", "a"])
  func aPlaceWhereNothingCanBeMadeIsFoundBeforeTheWork(name: String) throws {
    let folder = try ScratchFolder()
    try folder.write([1], to: "file")
    for place in ["none/\(name)", "file/\(name)", "/proc/\(name)", "file/"] {
      let path = place.hasPrefix("/") ? place : folder[place]
      #expect(throws: (any Error).self) { try DocumentDestination(path, overwriting: true) }
    }
    #expect(try folder.names == ["file"])
  }

  @Test func aNameWithoutAFormatIsRefused() throws {
    for name in ["a.xcf", "a.png", "a.tar.gz"] {
      #expect(throws: UnwritableName.self) {
        try DocumentDestination(name, overwriting: true)
      }
    }
  }

  @Test(arguments: ["a.zip", "a"])
  func layersThatNobodyEditedKeepTheirBytes(name: String) throws {
    let folder = try ScratchFolder()
    try Self.write(document(), to: folder["made"])
    // What another program wrote: the same pixels in other bytes.
    let foreign = withTextChunk(try folder.bytes(of: "made/layer-00.png"))
    try folder.write(foreign, to: "made/layer-00.png")
    let opened = try OpenedDocument(contentsOf: folder["made"])
    #expect(try opened.document == document())
    var front = try #require(opened.document[NodePath([1])])
    front.attributes.name = "renamed"
    let edited = try opened.document.replacing(NodePath([1]), with: [front])
    try opened.write(edited, to: folder[name])
    if name == "a" {
      #expect(try folder.bytes(of: "a/layer-00.png") == foreign)
    } else {
      #expect(try folder.bytes(of: name).contains(foreign))
    }
    #expect(try OpenedDocument(contentsOf: folder[name]).document == edited)
  }

  @Test func aPhotoshopFileThatNobodyEditedKeepsEveryByte() throws {
    let folder = try ScratchFolder()
    try Self.write(document(), to: folder["a.psd"])
    // What only Photoshop would write: an unknown resource before the others.
    var bytes = try folder.bytes(of: "a.psd")
    let resource = Array("8BIM".utf8) + [0x0F, 0xA0, 0, 0, 0, 0, 0, 2, 7, 7]
    let count = bytes[30..<34].reduce(0) { $0 << 8 | Int($1) } + resource.count
    bytes.replaceSubrange(
      30..<34, with: (0..<4).map { UInt8(count >> (24 - 8 * $0) & 255) } + resource)
    try folder.write(bytes, to: "a.psd")
    let opened = try OpenedDocument(contentsOf: folder["a.psd"])
    try opened.write(opened.document, to: folder["b.psd"])
    #expect(try folder.bytes(of: "b.psd") == bytes)
  }

  @Test func layersOfOpenRasterKeepTheirBytesThroughARename() throws {
    let folder = try ScratchFolder()
    let foreign = withTextChunk(try picture(8, 6).encoded(as: .png))
    try Self.write(document(), to: folder["a.ora"])
    let archive = try ZipArchive(folder.bytes(of: "a.ora"))
    let file = try AtomicFile(at: folder["b.ora"])
    var writer = ZipWriter { try file.write($0) }
    for name in archive.names {
      let bytes = try #require(try archive.contents(of: name))
      try writer.append(name == "data/layer-0.png" ? foreign : bytes, named: name, method: .stored)
    }
    try writer.finish()
    try file.commit()
    let opened = try OpenedDocument(contentsOf: folder["b.ora"])
    var back = try #require(opened.document[NodePath([0])])
    back.attributes.name = "renamed"
    let edited = try opened.document.replacing(NodePath([0]), with: [back])
    try opened.write(edited, to: folder["b.ora"], overwriting: true)
    let written = try ZipArchive(folder.bytes(of: "b.ora"))
    // Both layers show the same blue, so either order of entries may hold it.
    let pictures = try written.names.filter { $0.hasPrefix("data/") }
      .map { try written.contents(of: $0) }
    #expect(pictures.contains(foreign))
    #expect(try OpenedDocument(contentsOf: folder["b.ora"]).document == edited)
  }
}

/// A PNG file with a comment after its header.
private func withTextChunk(_ png: [UInt8]) -> [UInt8] {
  func bigEndian(_ value: UInt32) -> [UInt8] { (0..<4).map { UInt8(value >> (24 - 8 * $0) & 255) } }
  let chunk = Array("tEXtComment\u{0}mine".utf8)
  return png[..<33] + bigEndian(UInt32(chunk.count - 4)) + chunk + bigEndian(crc32(chunk))
    + png[33...]
}
