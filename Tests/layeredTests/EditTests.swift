import DocumentFormats
import DocumentModel
import Editing
import FileTesting
import ImageCodecs
import PSD
import Raster
import Testing

/// `edit`: the arguments, the operations and what is left alone.
struct EditTests {
  /// A document of three layers and a group, written in a format.
  private func place(_ name: String = "in.ora") throws -> Workplace {
    func layer(_ name: String, _ width: Int, _ height: Int, x: Int32) throws -> LayerNode {
      .layer(
        Layer(
          attributes: LayerAttributes(name: name),
          pixels: try Workplace.picture(width: width, height: height),
          origin: PixelPoint(x: x, y: x / 2)))
    }
    let group = LayerNode.group(
      try LayerGroup(
        attributes: LayerAttributes(name: "group"),
        children: [layer("leaf", 9, 4, x: 3), layer("twin", 5, 5, x: 20)]))
    let document = try LayeredDocument(
      canvas: PixelSize(width: 40, height: 30),
      nodes: [
        layer("back", 40, 30, x: 0), group, layer("2", 8, 8, x: 6), layer("twin", 4, 4, x: 9),
      ])
    let place = try Workplace()
    try DocumentDestination(place.folder[name], overwriting: false).write(document)
    return place
  }

  private func edited(
    _ place: Workplace, _ arguments: String..., from input: String = "in.ora",
    to output: String = "out.ora"
  ) throws -> LayeredDocument {
    let outcome = try place.run(["edit", input, "-o", output] + arguments)
    #expect(outcome.code == 0 && outcome.errors.isEmpty, "\(outcome.errors)")
    return try OpenedDocument(contentsOf: place.folder[output]).document
  }

  @Test func operationsAreAppliedInTheirOrder() throws {
    let place = try place()
    let before = try OpenedDocument(contentsOf: place.folder["in.ora"]).document
    let leaf = NodePath([1, 0])
    var expected = try before.edited(at: leaf, by: .scale(x: 2, y: 3)).document
    expected = try expected.edited(at: leaf, by: .rotate(degrees: 90)).document
    expected = try expected.edited(at: leaf, by: .place(x: -4, y: 7)).document
    expected = try expected.edited(at: NodePath([2]), by: .opacity(Opacity(byte: 51))).document
    let found = try edited(
      place, "--layer", "leaf", "--scale", "2,3", "--rotate=90", "--place", "-4,7", "--layer",
      "name:2", "--opacity", "20%")
    #expect(found == expected)
    // Turned first it is another picture.
    #expect(
      try edited(
        place, "--layer", "leaf", "--rotate", "90", "--scale", "2,3", "--place", "-4,7", "--layer",
        "name:2", "--opacity", "0.2", to: "other.ora") != expected)
    #expect(try place.leftovers() == ["in.ora", "other.ora", "out.ora"])
  }

  @Test(arguments: [
    ["--move", "-3,4"], ["--place=5,5"], ["--scale", "1.5"], ["--resize", "6,7"],
    ["--rotate", "-33.5"], ["--recolor", "#c03"], ["--recolor", "teal"], ["--hue", "-40"],
    ["--saturation", "50"], ["--lightness", "-12.5"], ["--opacity", "0.25"],
    ["--blend", "color-burn"], ["--rename", "-🦋"], ["--rename=--x"], ["--hide"],
    ["--remove"], ["--duplicate"], ["--replace", "picture.png"], ["--raise"], ["--lower"],
    ["--to-index", "3"], ["--group", "../wrap"],
  ])
  func everyOperationChangesItsLayerAndNoOther(arguments: [String]) throws {
    let place = try place()
    let before = try OpenedDocument(contentsOf: place.folder["in.ora"]).document
    let outcome = try place.run(["edit", "in.ora", "--layer", "2", "-o", "out.ora"] + arguments)
    #expect(outcome.code == 0 && outcome.errors.isEmpty, "\(outcome.errors)")
    let after = try OpenedDocument(contentsOf: place.folder["out.ora"]).document
    #expect(after != before)
    let others = before.nodes.enumerated().filter { $0.offset != 2 }.map(\.element)
    #expect(after.nodes.filter { others.contains($0) } == others)
  }

  @Test func placesCountInTheDocumentAsItIsAtThatPoint() throws {
    let after = try edited(
      try place(), "--layer", "0", "--remove", "--layer", "0", "--rename", "first")
    #expect(after.nodes.map(\.attributes.name) == ["first", "2", "twin"])
  }

  @Test(arguments: [
    (["--layer", "none", "--hide"], "named \"none\""), (["--layer", "9", "--hide"], "lies at 9"),
    (["--layer", "twin", "--hide"], "give the place of one: 1/1, 3"),
    (["--layer", "0", "--to-index", "4"], "no index 4 among 4"),
    (["--layer", "0", "--blend", "pass-through"], "only groups can pass through"),
    (["--layer", "1", "--replace", "picture.png"], "is a group"),
    (["--layer", "0", "--scale", "1e6"], "out of range"),
    (["--layer", "0", "--move", "2147483647,0"], "2^31"),
  ])
  func whatTheDocumentDoesNotAllowIsRefused(arguments: [String], words: String) throws {
    let place = try place()
    let outcome = try place.run(["edit", "in.ora", "-o", "out.ora"] + arguments)
    expectRefusal(outcome, 65, naming: words)
    #expect(try place.leftovers() == ["in.ora"])
  }

  @Test(arguments: [
    [], ["--hide"], ["--layer", "0"], ["--layer"], ["--layer", "0", "--paint"],
    ["--layer", "0", "--hide=1"], ["--layer", "0", "--move", "1"],
    ["--layer", "0", "--move", "1,2,3"], ["--layer", "0", "--move", "1,x"],
    ["--layer", "0", "--move", "99999999999999999999,0"], ["--layer", "0", "--scale", "0"],
    ["--layer", "0", "--scale", "nan"], ["--layer", "0", "--scale", "1,inf"],
    ["--layer", "0", "--resize", "0,5"], ["--layer", "0", "--rotate", "nan"],
    ["--layer", "0", "--rotate", "1e9"], ["--layer", "0", "--recolor", "mauvish"],
    ["--layer", "0", "--recolor", "#12345"], ["--layer", "0", "--recolor", "#12345678"],
    ["--layer", "0", "--hue", "x"], ["--layer", "0", "--saturation", "101"],
    ["--layer", "0", "--lightness", "-101"], ["--layer", "0", "--opacity", "2"],
    ["--layer", "0", "--opacity", "nan"], ["--layer", "0", "--blend", "glow"],
    ["--layer", "0", "--to-index", "-1"], ["--layer", "0", "--rename"],
    ["--layer", "0", "--rename", "--hide"], ["--layer", "0", "--remove", "--hide"],
    ["--layer", "0", "--hide", "-o", "twice.ora"], ["--layer", "0", "--hide", "more.ora"],
  ])
  func wrongUsageIsExplained(arguments: [String]) throws {
    let place = try place()
    let outcome = try place.run(["edit", "in.ora", "-o", "out.ora"] + arguments)
    #expect(outcome.code == 64, "\(outcome.errors)")
    #expect(outcome.errors.hasPrefix("Error: ") && outcome.errors.contains("Usage: layered edit"))
    #expect(outcome.output.isEmpty)
    #expect(try place.leftovers() == ["in.ora"])
  }

  @Test(arguments: [
    ["edit", "--help"], ["edit", "-h"], ["edit", "in.ora", "--help"], ["help", "edit"],
  ])
  func helpListsAllOperations(arguments: [String]) throws {
    let outcome = try Workplace().run(arguments)
    #expect(outcome.code == 0 && outcome.errors.isEmpty, "\(outcome.errors)")
    for option in ["--layer", "--recolor COLOUR", "--to-index N", "--lenient", "-o OUT"] {
      #expect(outcome.text.contains(option), "\(option)")
    }
  }

  @Test func anOutputIsReplacedOnlyWhenForcedAndMayBeTheInput() throws {
    let place = try place()
    let before = try place.folder.bytes(of: "in.ora")
    let arguments = ["edit", "in.ora", "-o", "in.ora", "--layer", "back", "--hide"]
    expectRefusal(try place.run(arguments), 73, naming: "exists already")
    #expect(try place.folder.bytes(of: "in.ora") == before)
    #expect(try place.run(arguments + ["--force"]).code == 0)
    let after = try OpenedDocument(contentsOf: place.folder["in.ora"]).document
    #expect(after.nodes[0].attributes.isVisible == false)
    #expect(try place.leftovers() == ["in.ora"])
    // A failure leaves it as it was.
    let bytes = try place.folder.bytes(of: "in.ora")
    let failing = ["edit", "in.ora", "-o", "in.ora", "--force", "--layer", "none", "--hide"]
    expectRefusal(try place.run(failing), 65, naming: "none")
    expectRefusal(
      try place.run(arguments + ["--force"], shell: "ulimit -f 1"), 74, naming: "File too large")
    #expect(try place.folder.bytes(of: "in.ora") == bytes)
    #expect(try place.leftovers() == ["in.ora"])
  }

  @Test func aFolderIsEditedInPlace() throws {
    let place = try place("in")
    let before = try place.folder.bytes(of: "in/layer-01.png")
    #expect(
      try place.run(["edit", "in", "-o", "in", "--force", "--layer", "back", "--hue", "90"]).code
        == 0)
    #expect(try place.folder.bytes(of: "in/layer-01.png") == before)
    #expect(try place.leftovers() == ["in"])
  }

  @Test(
    arguments: [
      ("none.ora", 66), ("picture.png/x", 66), ("broken.psd", 65), ("empty.ora", 65),
    ] as [(String, Int32)])
  func aBadInputIsNamed(name: String, code: Int32) throws {
    let place = try Workplace()
    try place.folder.write(Array("8BPS\0\u{1}".utf8), to: "broken.psd")
    try place.folder.write([], to: "empty.ora")
    let outcome = try place.run(["edit", name, "-o", "out.ora", "--layer", "0", "--hide"])
    expectRefusal(outcome, code, naming: name)
    #expect(try place.leftovers() == ["broken.psd", "empty.ora"])
  }

  @Test func aReplacementThatCannotBeReadIsNamed() throws {
    let place = try place()
    let arguments = ["edit", "in.ora", "-o", "out.ora", "--layer", "0", "--replace"]
    expectRefusal(try place.run(arguments + ["none.png"]), 66, naming: "none.png")
    expectRefusal(try place.run(arguments + ["in.ora"]), 65, naming: "in.ora")
    #expect(try place.leftovers() == ["in.ora"])
  }
}

/// PSD files: what is not named keeps its bytes.
struct PhotoshopEditTests {
  @Test(arguments: [
    ["--move", "3,-2"], ["--scale", "2"], ["--rotate", "17"], ["--recolor", "navy"], ["--hide"],
    ["--remove"], ["--duplicate"], ["--raise"], ["--replace", "picture.png"], ["--group", "g"],
  ])
  func channelBytesOfLayersNotNamedStay(operation: [String]) throws {
    func channels(_ bytes: [UInt8]) throws -> [String: [LayerChannel]] {
      let layers = try PhotoshopFile(reading: bytes).layerAndMaskInformation.layers
      return Dictionary(layers.map { ($0.name, $0.channels) }) { first, _ in first }
    }
    let place = try Workplace()
    let document = try LayeredDocument(
      canvas: PixelSize(width: 90, height: 80),
      nodes: ["back", "named", "front"].map { name in
        .layer(
          Layer(
            attributes: LayerAttributes(name: name),
            pixels: try Workplace.picture(width: 30, height: 20 + name.utf8.count),
            origin: PixelPoint(x: 4, y: 5)))
      })
    try DocumentDestination(place.folder["in.psd"], overwriting: false).write(document)
    let outcome = try place.run(
      ["edit", "in.psd", "-o", "out.psd", "--layer", "named"] + operation)
    #expect(outcome.code == 0, "\(outcome.errors)")
    let (before, after) = (
      try channels(place.folder.bytes(of: "in.psd")),
      try channels(place.folder.bytes(of: "out.psd"))
    )
    for name in ["back", "front"] {
      #expect(before[name]?.isEmpty == false && after[name] == before[name], "\(name)")
    }
  }
}
