import DocumentFormats
import DocumentModel
import DocumentTesting
import FileTesting
import Foundation
import Raster
import Testing

/// `inspect`, `convert`, and documents as results of `decompose`.
struct DocumentCommandTests {
  /// What an output of a format is called here.
  private static func name(_ format: DocumentFormat, _ stem: String = "out") -> String {
    stem + (format.fileExtensions.first.map { ".\($0)" } ?? "")
  }

  private static let readAndWritten = DocumentFormat.written.filter { $0 != .powerPoint }

  /// A workplace with a document in it, `in` with the ending of its format.
  private func place(
    _ example: DocumentCase, as format: DocumentFormat = .folder
  ) throws -> Workplace {
    let place = try Workplace()
    let path = place.folder[Self.name(format, "in")]
    try DocumentDestination(path, overwriting: false).write(example.document())
    return place
  }

  // MARK: decompose

  @Test(arguments: DocumentFormat.written.filter { $0 != .folder })
  func aPictureBecomesADocument(format: DocumentFormat) throws {
    let place = try Workplace()
    let name = Self.name(format)
    let outcome = try place.run(place.arguments(output: name))
    #expect(outcome.code == 0, "\(outcome.errors)")
    #expect(outcome.text.hasPrefix("\(name): 2 layers, 64 x 64, recomposed with "))
    #expect(try place.leftovers() == [name])
    guard format != .powerPoint else { return }
    let opened = try OpenedDocument(contentsOf: place.folder[name])
    #expect(opened.format == format)
    #expect(opened.document.canvas == PixelSize(width: 64, height: 64))
    #expect(opened.document.layers.map(\.attributes.name) == ["Layer 1", "Layer 2"])
    // The same pixels as a folder gets, there on the whole canvas.
    #expect(try place.run(place.arguments(output: "folder")).code == 0)
    let folder = try OpenedDocument(contentsOf: place.folder["folder"]).document
    for (layer, whole) in zip(opened.document.layers, folder.layers) {
      let box = try #require(whole.pixels?.boundingBox)
      let expected = format == .zip ? whole.pixels : whole.pixels?.cropped(to: box)
      #expect(layer.pixels == expected)
    }
  }

  @Test(arguments: DocumentFormat.written.filter { $0 != .folder })
  func aDocumentIsNotReplacedUnasked(format: DocumentFormat) throws {
    let place = try Workplace()
    let name = Self.name(format)
    try place.folder.write([1], to: name)
    expectRefusal(
      try place.run(place.arguments("--quiet", output: name)), 73, naming: name, "exists already")
    #expect(try place.folder.bytes(of: name) == [1])
    let outcome = try place.run(place.arguments("--force", output: name))
    #expect(outcome.code == 0, "\(outcome.errors)")
    #expect(try place.folder.bytes(of: name).count > 1)
    #expect(try place.leftovers() == [name])
  }

  // MARK: convert

  @Test(arguments: readAndWritten, DocumentFormat.written)
  func everyFormatBecomesEveryOther(from: DocumentFormat, to: DocumentFormat) throws {
    let place = try place(.groups, as: from)
    let output = Self.name(to)
    let outcome = try place.run(["convert", Self.name(from, "in"), output])
    #expect(outcome.code == 0, "\(outcome.errors)")
    #expect(outcome.text == "\(output): \(to.name), 12 x 10, 6 layers\n")
    #expect(try place.leftovers() == [Self.name(from, "in"), output].sorted())
    guard to != .powerPoint else { return }
    // A PSD file numbers its layers in blocks of its own.
    #expect(
      outcome.errorLines.allSatisfy { $0.hasSuffix("original format understands cannot be stored") }
    )
    let converted = try OpenedDocument(contentsOf: place.folder[output]).document
    try expectHeld(converted, DocumentCase.groups.document(), isHeld: true)
  }

  @Test(arguments: DocumentFormat.written)
  func lossesAreToldInOneLineEach(format: DocumentFormat) throws {
    let place = try place(.mask)
    let outcome = try place.run(["convert", "in", Self.name(format)])
    #expect(outcome.code == 0)
    #expect(outcome.errorLines.allSatisfy { $0.hasPrefix("warning: \(Self.name(format)): ") })
    if format == .openRaster { #expect(outcome.errorLines.count == 1) }
    if format == .zip || format == .folder { #expect(outcome.errors.isEmpty) }
  }

  @Test(arguments: DocumentFormat.written)
  func hostileNamesBreakNoLineAndLeaveNoFile(format: DocumentFormat) throws {
    let place = try place(.hostileNames)
    let output = Self.name(format)
    let outcome = try place.run(["convert", "in", output])
    #expect(outcome.code == 0, "\(outcome.errors)")
    #expect(outcome.errorLines.allSatisfy { $0.hasPrefix("warning: ") })
    #expect(!outcome.errors.contains("\u{1B}") && !outcome.errors.contains("\u{202E}"))
    #expect(try place.leftovers() == ["in", output].sorted())
  }

  @Test func aPictureBecomesADocumentOfOneLayer() throws {
    let place = try Workplace()
    let outcome = try place.run(["convert", "picture.png", "out.ora"])
    #expect(outcome.code == 0, "\(outcome.errors)")
    let document = try OpenedDocument(contentsOf: place.folder["out.ora"]).document
    #expect(try document.layers.map(\.pixels) == [Workplace.picture(width: 80, height: 60)])
  }

  @Test func inputAndOutputMayBeTheSameWhenForced() throws {
    for format in Self.readAndWritten {
      let place = try place(.groups, as: format)
      let name = Self.name(format, "in")
      let before = try OpenedDocument(contentsOf: place.folder[name]).document
      expectRefusal(try place.run(["convert", name, name]), 73, naming: "exists already")
      let outcome = try place.run(["convert", name, name, "--force"])
      #expect(outcome.code == 0, "\(outcome.errors)")
      #expect(try OpenedDocument(contentsOf: place.folder[name]).document == before)
      #expect(try place.leftovers() == [name])
    }
  }

  @Test(arguments: [
    "none/out.ora", "picture.png/out.ora", "/proc/out.ora", "/dev/full", "none/out",
  ])
  func aPlaceWhereNothingCanBeMadeIsFoundFirst(output: String) throws {
    let place = try place(.groups)
    // "/dev/full" has no ending and is no folder.
    expectRefusal(try place.run(["convert", "in", output, "--force"]), 73, naming: output)
    #expect(try place.leftovers() == ["in"])
  }

  @Test(arguments: ["out.xcf", "out.png", "out.tar.gz"])
  func anEndingOfNoDocumentIsWrongUsage(output: String) throws {
    let place = try place(.groups)
    expectRefusal(try place.run(["convert", "in", output]), 64, naming: output, ".ora")
    #expect(try place.leftovers() == ["in"])
  }

  @Test(arguments: DocumentFormat.written, [1, 2])
  func aFullDiskLeavesNothing(format: DocumentFormat, kibibytes: Int) throws {
    let place = try place(.manyLayers)
    let outcome = try place.run(
      ["convert", "in", Self.name(format)], shell: "ulimit -f \(kibibytes)")
    #expect(outcome.code == 74, "\(outcome.errors)")
    #expect(outcome.errors.contains("File too large"), "\(outcome.errors)")
    #expect(try place.leftovers() == ["in"])
  }

  @Test func aConversionThatIsKilledLeavesNothingOrAWholeFile() throws {
    let place = try place(.manyLayers)
    for delay in stride(from: 0, to: 20, by: 2) {
      let run = try place.program.start(
        ["convert", "in", "out.zip", "--force"], in: place.folder.path)
      usleep(UInt32(delay) * 2000)
      run.send(SIGKILL)
      _ = try run.wait()
      guard try place.folder.names.contains("out.zip") else { continue }
      let opened = try OpenedDocument(contentsOf: place.folder["out.zip"])
      #expect(try opened.document == DocumentCase.manyLayers.document())
    }
  }

  // MARK: inspect

  @Test(arguments: readAndWritten)
  func aDocumentIsDescribed(format: DocumentFormat) throws {
    let place = try place(.groups, as: format)
    let name = Self.name(format, "in")
    let outcome = try place.run(["inspect", name])
    #expect(outcome.code == 0, "\(outcome.errors)")
    #expect(
      outcome.text.hasPrefix("\(name)\n  \(format.name), 12 x 10 pixels, 72 pixels per inch\n"))
    #expect(outcome.text.contains("\n  6 layers, 2 groups\n2 layer \"f\", 5 x 4 at 1, 2\n"))
    #expect(outcome.text.contains("\n    1/1/0 layer \"c\", "))
    let json = try place.run(["inspect", name, "--json"])
    let object = try #require(
      try JSONSerialization.jsonObject(with: Data(json.output)) as? [String: Any])
    #expect(object["format"] as? String == format.name)
    #expect(
      (object["layers"] as? [[String: Any]])?.map { $0["kind"] as? String } == [
        "layer", "group", "layer",
      ])
    #expect(json.errors.isEmpty)
  }

  @Test(
    arguments: [
      ("none.psd", 66, "no such file"), ("empty.ora", 65, "empty"), ("pipe", 66, "regular file"),
      ("/dev/zero", 66, "regular file"), ("gif.psd", 65, "PSD"), ("gif", 65, "GIF"),
      ("bare", 65, "layers.json"), ("cut.psd", 65, "cut off"),
      ("zip.pptx", 65, "written, not read"),
      ("new\nline", 66, "no such file"),
    ] as [(String, Int32, String)])
  func whatCannotBeReadIsNamed(name: String, code: Int32, words: String) throws {
    let place = try Workplace()
    try place.folder.write([], to: "empty.ora")
    try place.folder.write("GIF89a".utf8, to: "gif")
    try place.folder.write("GIF89a".utf8, to: "gif.psd")
    try place.folder.write([], to: "bare/other")
    try place.folder.write("8BPS\u{0}\u{1}".utf8, to: "cut.psd")
    try place.folder.write("PK\u{3}\u{4}".utf8, to: "zip.pptx")
    #expect(mkfifo(place.folder["pipe"], 0o600) == 0)
    expectRefusal(try place.run(["inspect", name]), code, naming: words)
    expectRefusal(try place.run(["convert", name, "out.ora"]), code, naming: words)
    #expect(try !place.folder.names.contains("out.ora"))
  }

  @Test func aBrokenLayerIsLeftOutWhenAskedTo() throws {
    let place = try place(.groups)
    try place.folder.write([1, 2, 3], to: "in/layer-02.png")
    expectRefusal(try place.run(["inspect", "in"]), 65, naming: "layer-02.png")
    let outcome = try place.run(["inspect", "in", "--lenient"])
    #expect(outcome.code == 0)
    #expect(outcome.text.contains("no pixels"))
    #expect(outcome.errors.hasPrefix("warning: in: layer-02.png: "))
    #expect(outcome.errorLines.count == 1)
  }

  @Test func aFullStandardOutputIsReported() throws {
    let place = try place(.groups)
    expectRefusal(
      try place.run(["inspect", "in"], redirection: ">/dev/full"), 74, naming: "standard output")
  }
}
