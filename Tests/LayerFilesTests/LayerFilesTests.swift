import AtomicFiles
import ByteIO
import DocumentModel
import FileTesting
import Foundation
import ImageCodecs
import LayerFiles
import Raster
import RasterTesting
import Testing
import ZipArchive

/// A folder with a `layers.json` of one's own and a picture `a.png` of 2 x 1 pixels.
private func folder(_ description: String) throws -> ScratchFolder {
  let folder = try ScratchFolder()
  try folder.write(description.utf8, to: "layers.json")
  try folder.write(picture(2, 1).encoded(as: .png), to: "a.png")
  return folder
}

private func picture(_ width: Int, _ height: Int) throws -> RasterImage {
  try RasterImage(
    size: PixelSize(width: width, height: height),
    filledWith: RGBAPixel(red: 9, green: 99, blue: 199, alpha: 255))
}

private func layers(_ entries: String, more: String = "") -> String {
  #"{"canvas": {"width": 4, "height": 3}, "layers": [\#(entries)]\#(more)}"#
}

/// Takes the bytes of a file in parts.
private final class Bytes { var all: [UInt8] = [] }

@Suite struct LayerFilesTests {
  @Test func whatDecompositionsWriteIsRead() throws {
    let folder = try folder(
      #"""
      {"canvas": {"height": 1, "width": 2}, "layers": [{"blendMode": "normal", "boundingBox":
      {"height": 1, "width": 2, "x": 0, "y": 0}, "file": "a.png", "index": 0, "name": "Layer 1",
      "opacity": 1, "visible": true}], "model": "m", "prompt": "p", "recomposition":
      {"maximumError": 3, "psnr": null}, "seed": 18446744073709551615, "source": "s", "steps": 50}
      """#)
    let files = try LayerFiles(folder: folder.path)
    #expect(files.document.canvas == PixelSize(width: 2, height: 1))
    #expect(files.document.layers.map(\.attributes) == [LayerAttributes(name: "Layer 1")])
    #expect(try files.document.layers.map(\.pixels) == [picture(2, 1)])
    #expect(
      files.run
        == DecompositionRun(
          source: "s", model: "m", seed: .max, steps: 50, prompt: "p",
          recomposition: .init(psnr: nil, maximumError: 3)))
  }

  @Test func theRunIsWrittenAsItWasRead() throws {
    let run = DecompositionRun(
      source: "a\nb", model: "m", seed: 7, steps: 1, prompt: "\u{202E}",
      recomposition: .init(psnr: 31.25, maximumError: 9))
    let document = try LayeredDocument(canvas: PixelSize(width: 2, height: 1), nodes: [])
    let bytes = Bytes()
    var archive = LayerArchiveWriter { bytes.all += $0 }
    try document.writeLayerFiles(of: run) { try archive.append($1, named: $0) }
    try archive.finish()
    #expect(try LayerFiles(archive: bytes.all).run == run)
  }

  @Test func aFileMayBeSharedByManyLayers() throws {
    let entries = Array(repeating: #"{"file": "a.png", "origin": {"x": -1, "y": 2}}"#, count: 8000)
    let folder = try folder(layers(entries.joined(separator: ",")))
    let document = try LayerFiles(folder: folder.path).document
    #expect(document.layers.count == 8000)
    #expect(document.layers.allSatisfy { $0.origin == PixelPoint(x: -1, y: 2) })
  }

  @Test func keysOfOthersArePassedOver() throws {
    let folder = try folder(
      layers(#"{"file": "a.png", "colour": {"a": [1, null, {}]}}"#, more: #", "x": -1.5e3"#))
    #expect(try LayerFiles(folder: folder.path).document.layers.count == 1)
  }

  @Test func anUnknownBlendModeIsNormalWithAWarning() throws {
    let folder = try folder(layers(#"{"file": "a.png", "blendMode": "\u001bsparkle"}"#))
    let files = try LayerFiles(folder: folder.path)
    #expect(files.document.layers.map(\.attributes.blendMode) == [.normal])
    #expect(
      files.warnings.map(\.description) == [
        "the blend mode \"\\u{1B}sparkle\" is unknown, taken as normal"
      ])
  }

  @Test(arguments: [
    ("", "text at byte 0"), ("[]", "expected an object"), ("{}", "has no canvas"),
    (#"{"canvas": {"width": 4, "height": 0}}"#, "height at byte"),
    (#"{"canvas": {"width": 1048576, "height": 1048576}}"#, "is out of range"),
    (#"{"canvas": {"width": 4.5, "height": 1}}"#, "width at byte"),
    (layers("{}"), "layer 0 at byte"),
    (layers(#"{"file": "a.png", "opacity": 1.5}"#), "opacity at byte"),
    (layers(#"{"file": "a.png", "opacity": "1"}"#), "expected a number"),
    (layers(#"{"file": "a.png", "index": 1}"#), "index at byte"),
    (layers(#"{"file": "a.png", "file": "a.png"}"#), "stands twice"),
    (layers(#"{"file": "a.png", "origin": {"x": 2147483648}}"#), "x at byte"),
    (layers(#"{"file": "a.png", "origin": {"x": 99999999999999999999}}"#), "x at byte"),
    (layers(#"{"file": "a.png", "text": {"color": [1, 2, 3]}}"#), "color at byte"),
    (layers(#"{"file": "none.png"}"#), "is missing"),
    (layers(#"{"file": "a.png"}"#, more: #", "tree": []"#), "does not name every layer"),
    (layers(#"{"file": "a.png"}"#, more: #", "tree": [0, 0]"#), "named before"),
    (layers(#"{"file": "a.png"}"#, more: #", "tree": [1]"#), "is not there"),
    (layers(#"{"file": "a.png"}"#) + "x", "expected the end"),
  ])
  func badDescriptionsAreRefusedWithTheField(text: String, words: String) throws {
    let folder = try folder(text)
    let error = #expect(throws: (any Error).self) { try LayerFiles(folder: folder.path) }
    let line = try #require(error.map { "\($0)" })
    #expect(line.contains(words), "\(line)")
    #expect(line.hasPrefix("layers.json, "), "\(line)")
  }

  @Test(arguments: [
    "../a.png", "/etc/hostname", "b/a.png", "..", ".", "", "a\\u0000.png", "b\\\\a.png", "C:a.png",
    "a\\n.png",
  ])
  func namesThatLeaveTheFolderAreRefused(name: String) throws {
    let folder = try ScratchFolder()
    try folder.write(picture(2, 1).encoded(as: .png), to: "a.png")
    try folder.write(picture(2, 1).encoded(as: .png), to: "in/b/a.png")
    try folder.write(layers(#"{"file": "\#(name)"}"#).utf8, to: "in/layers.json")
    #expect(throws: MalformedData.self) { try LayerFiles(folder: folder["in"]) }
  }

  @Test func linksAreNotFollowed() throws {
    let folder = try folder(layers(#"{"file": "link.png"}"#))
    #expect(symlink("a.png", folder["link.png"]) == 0)
    let error = #expect(throws: UnreadableLayerFile.self) { try LayerFiles(folder: folder.path) }
    #expect(error?.description == "\"link.png\" is a link, which is not followed")
  }

  @Test func pipesAreRefusedUnread() throws {
    let folder = try folder(layers(#"{"file": "pipe"}"#))
    #expect(mkfifo(folder["pipe"], 0o600) == 0)
    #expect(throws: UnreadableLayerFile.self) { try LayerFiles(folder: folder.path) }
  }

  @Test func deepTreesAreRefused() throws {
    for depth in [65, 1000, 100_000] {
      let tree =
        String(repeating: #"{"members": ["#, count: depth) + "0"
        + String(repeating: "]}", count: depth)
      let folder = try folder(layers(#"{"file": "a.png"}"#, more: #", "tree": [\#(tree)]"#))
      #expect(throws: (any Error).self) { try LayerFiles(folder: folder.path) }
    }
  }

  @Test func picturesAreNotDecodedWhereTheirHeadersDeclareTooMuch() throws {
    // Four of 13,000 x 13,000, each within the limit of one picture.
    let header = try picture(2, 1).encoded(as: .png)
    var huge = header
    huge.replaceSubrange(16..<24, with: [0, 0, 0x32, 0xC8, 0, 0, 0x32, 0xC8])
    let folder = try folder(
      layers((0..<4).map { #"{"file": "\#($0).png"}"# }.joined(separator: ",")))
    for index in 0..<4 { try folder.write(withHeaderChecksum(huge), to: "\(index).png") }
    let error = #expect(throws: MalformedData.self) { try LayerFiles(folder: folder.path) }
    #expect(error?.field.contains("pixels of all pictures") == true)
  }

  @Test func aBrokenPictureIsNamedOrLeftOut() throws {
    let folder = try folder(layers(#"{"file": "a.png"}, {"file": "b.png"}, {"file": "none.png"}"#))
    try folder.write(try folder.bytes(of: "a.png").prefix(50), to: "b.png")
    #expect(throws: (any Error).self) { try LayerFiles(folder: folder.path) }
    let files = try LayerFiles(folder: folder.path, isLenient: true)
    #expect(files.document.layers.map { $0.pixels != nil } == [true, false, false])
    #expect(files.warnings.count == 2)
  }

  @Test func anArchiveMayHoldOneFolder() throws {
    let bytes = Bytes()
    var archive = ZipWriter { bytes.all += $0 }
    try archive.append(picture(2, 1).encoded(as: .png), named: "out/a.png")
    try archive.append(
      Array(layers(#"{"file": "a.png"}"#).utf8), named: "out/layers.json")
    try archive.finish()
    #expect(try LayerFiles(archive: bytes.all).document.layers.count == 1)
  }

  @Test func anArchiveWithoutDescriptionIsRefused() throws {
    let bytes = Bytes()
    var archive = ZipWriter { bytes.all += $0 }
    try archive.append([1], named: "a/b/layers.json")
    try archive.finish()
    #expect(throws: MalformedData.self) { try LayerFiles(archive: bytes.all) }
  }

  @Test func replacingASmallerResultRemovesWhatIsLeftOfTheLargerOne() throws {
    let folder = try ScratchFolder()
    for name in ["layer-00.png", "layer-01-mask.png", "layer-123.png", "group-00-mask.png"] {
      try folder.write([1], to: name)
    }
    try folder.write([1], to: "layers.json")
    for name in ["mine.png", "layer-1.png", "layer-xx.png", "layer-00-copy.png", "group-00.png"] {
      try folder.write([2], to: name)
    }
    try LayerFolder(at: folder.path, overwriting: true).write { write in
      try write("layer-00.png", [3])
      try write("layers.json", [3])
    }
    #expect(
      try folder.names == [
        "group-00.png", "layer-00-copy.png", "layer-00.png", "layer-1.png", "layer-xx.png",
        "layers.json", "mine.png",
      ])
  }

  @Test func aResultIsNotReplacedUnasked() throws {
    let folder = try folder("{}")
    #expect(throws: OutputError(.alreadyExists, at: folder["layers.json"])) {
      try LayerFolder(at: folder.path, overwriting: false)
    }
  }
}

/// A PNG file whose header's checksum fits what was changed in it.
private func withHeaderChecksum(_ png: [UInt8]) -> [UInt8] {
  var png = png
  let sum = crc32(Array(png[12..<29]))
  png.replaceSubrange(29..<33, with: (0..<4).map { UInt8(sum >> (24 - 8 * $0) & 255) })
  return png
}
