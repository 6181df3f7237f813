import DocumentFormats
import DocumentModel
import DocumentTesting
import FileTesting
import Foundation
import Testing

/// Every format with every sort of document: what it says it holds comes back equal.
@Suite struct ConformanceTests {
  /// What a format cannot hold, so that it is merged or left out with a warning.
  static func isHeld(_ example: DocumentCase, by format: DocumentFormat) -> Bool {
    switch format {
    case .folder, .zip: true
    case .openRaster:
      ![
        .hostileNames, .layerWithoutPixels, .fillOpacity, .clipping, .mask, .maskWithoutPixels,
        .maskOfGroup, .vectorMask, .collapsedGroup, .text, .features,
      ].contains(example)
    case .psd, .psb: ![.noLayers, .vectorMask, .text, .features].contains(example)
    default: false
    }
  }

  static let readAndWritten = DocumentFormat.written.filter { $0 != .powerPoint }

  @Test(arguments: readAndWritten, DocumentCase.allCases)
  func aDocumentComesBack(format: DocumentFormat, example: DocumentCase) throws {
    let folder = try ScratchFolder()
    let path = folder["out" + (format.fileExtensions.first.map { ".\($0)" } ?? "")]
    let document = try example.document()
    try DocumentDestination(path, overwriting: false).write(document)
    let opened = try OpenedDocument(contentsOf: path)
    #expect(opened.format == format)
    #expect(opened.warnings == [])
    try expectHeld(opened.document, document, isHeld: Self.isHeld(example, by: format))
    #expect(try folder.names.count == 1)
  }

  @Test(arguments: DocumentFormat.written)
  func hostileNamesStayInsideTheOutput(format: DocumentFormat) throws {
    let folder = try ScratchFolder()
    let path = folder["a/out" + (format.fileExtensions.first.map { ".\($0)" } ?? "")]
    #expect(mkdir(folder["a"], 0o700) == 0)
    let document = try DocumentCase.hostileNames.document()
    let warnings = try DocumentDestination(path, overwriting: false).write(document)
    #expect(try folder.names == ["a"])
    #expect(try ScratchFolder.names(in: folder["a"]).count == 1)
    for warning in warnings {
      #expect(warning.unicodeScalars.allSatisfy { $0.properties.generalCategory != .control })
    }
    if format == .folder {
      let names = try ScratchFolder.names(in: path)
      #expect(names.count == document.layers.count + 2)
      #expect(names.allSatisfy { $0.utf8.allSatisfy { $0 > 32 && $0 < 127 } })
    }
  }

  @Test(arguments: DocumentFormat.written, [DocumentCase.groups, .mask, .manyLayers])
  func equalDocumentsGiveEqualBytes(format: DocumentFormat, example: DocumentCase) throws {
    let folder = try ScratchFolder()
    let ending = format.fileExtensions.first.map { ".\($0)" } ?? ""
    for name in ["a", "b"] {
      try DocumentDestination(folder[name + ending], overwriting: false).write(example.document())
    }
    let names = format == .folder ? try ScratchFolder.names(in: folder["a"]) : [""]
    for name in names {
      let suffix = name.isEmpty ? ending : "/\(name)"
      #expect(try folder.bytes(of: "a" + suffix) == folder.bytes(of: "b" + suffix))
    }
  }
}
