import AtomicFiles
import DocumentFormats
import DocumentModel
import FileTesting
import Foundation
import Raster
import Testing

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

  @Test(arguments: ["a.ora"])
  func inputAndOutputMayBeTheSame(name: String) throws {
    let folder = try ScratchFolder()
    try Self.write(document(), to: folder[name])
    let opened = try OpenedDocument(contentsOf: folder[name])
    let edited = try opened.document.replacing(NodePath([1]), with: [])
    try opened.write(edited, to: folder[name], overwriting: true)
    #expect(try OpenedDocument(contentsOf: folder[name]).document == edited)
    #expect(try folder.names == [name])
  }

  @Test(arguments: ["a.ora"])
  func aPlaceWhereNothingCanBeMadeIsFoundBeforeTheWork(name: String) throws {
    let folder = try ScratchFolder()
    try folder.write([1], to: "file")
    for place in ["none/\(name)", "file/\(name)", "/proc/\(name)", "/dev/full"] {
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
}
