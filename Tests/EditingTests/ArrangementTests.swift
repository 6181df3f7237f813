import Compositing
import DocumentModel
import Editing
import Raster
import Testing

@Suite struct ArrangementTests {
  private func names(_ document: LayeredDocument) -> [String] {
    document.nodes.map(\.attributes.name)
  }

  @Test func nodesChangePlacesAmongTheirSiblings() throws {
    let document = try sampleDocument()
    #expect(
      try names(document.edited("group", .raise)) == [
        "base", "clip", "adjustment", "group", "front",
      ])
    #expect(
      try names(document.edited("group", .lower)) == [
        "base", "group", "clip", "adjustment", "front",
      ])
    #expect(try document.edited("front", .raise) == document)
    #expect(try document.edited("base", .lower) == document)
    #expect(
      try names(document.edited("base", .toIndex(4))) == [
        "clip", "group", "adjustment", "front", "base",
      ])
    #expect(try document.edited("masked", .toIndex(0)).node("group")?.children.count == 2)
    for place in [-1, 5, Int.max, .min] {
      #expect(throws: EditingError.noSuchIndex(place, siblingCount: 5)) {
        try document.edited("base", .toIndex(place))
      }
    }
  }

  @Test func aCopyLiesInFrontAndIsNew() throws {
    let document = try sampleDocument()
    let after = try document.edited("masked", .duplicate)
    let (old, new) = (try after.layer("masked"), try after.layer("masked copy"))
    #expect(new?.pixels == old?.pixels && new?.origin == old?.origin)
    #expect(old?.attributes.source.index == 6 && new?.attributes.source.index == nil)
    #expect(old?.attributes.preserved.count == 3 && new?.attributes.preserved.count == 2)
    #expect(
      try after.node("group")?.children.map(\.attributes.name) == [
        "inner", "masked", "masked copy",
      ])
    // What is clipped to the original stays clipped to it.
    #expect(
      try names(document.edited("base", .duplicate))
        == ["base", "clip", "base copy", "group", "adjustment", "front"])
  }

  @Test func removingTakesAllMembersAlong() throws {
    let after = try sampleDocument().edited("group", .remove)
    #expect(after.entries.map(\.node.attributes.name) == ["base", "clip", "adjustment", "front"])
    let path = try after.path(to: .name("front"))
    #expect(try after.edited(at: path, by: .remove).path == nil)
    let single = try LayeredDocument(
      canvas: after.canvas,
      nodes: [.layer(Layer(attributes: LayerAttributes(name: ""), pixels: nil))])
    #expect(try single.edited("", .remove).nodes.isEmpty)
  }

  @Test(arguments: ["base", "clip", "group", "inner", "leaf", "masked", "front"])
  func aNewGroupLeavesThePictureAsItIs(name: String) throws {
    let document = try sampleDocument()
    let path = try document.path(to: .name(name))
    let edited = try document.edited(at: path, by: .group(name: "wrapper"))
    #expect(try edited.document.composite() == document.composite())
    #expect(edited.path == NodePath(path.indices + [0]))
    #expect(edited.path.flatMap { edited.document[$0] }?.attributes.name == name)
    #expect(edited.document[path]?.attributes.name == "wrapper")
  }

  @Test func groupsAreNotNestedDeeperThanAllowed() throws {
    var document = try sampleDocument()
    for _ in 0..<LayerGroup.maximumHeight {
      document = try document.edited("front", .group(name: "more"))
    }
    #expect(throws: EditingError.document(.nestingTooDeep)) {
      try document.edited("front", .group(name: "more"))
    }
  }

  @Test func attributesAreSet() throws {
    let document = try sampleDocument()
    let half = try #require(Opacity(fraction: 0.5))
    #expect(try document.edited("inner", .opacity(half)).node("inner")?.attributes.opacity == half)
    #expect(
      try document.edited("inner", .blend(.passThrough)).node("inner")?.attributes.blendMode
        == .passThrough)
    #expect(try document.edited("leaf", .show).node("leaf")?.attributes.isVisible == true)
    #expect(try document.edited("base", .hide).node("base")?.attributes.isVisible == false)
    #expect(try document.edited("leaf", .rename("../🦋")).node("../🦋") != nil)
    #expect(throws: EditingError.passThroughLayer(name: "leaf")) {
      try document.edited("leaf", .blend(.passThrough))
    }
  }

  @Test func aPictureTakesThePlaceOfPixels() throws {
    let document = try sampleDocument()
    // Into 8 x 8 at -2, 3.
    let wide = try picture(16, 6)
    let after = try #require(try document.edited("base", .replace(wide)).layer("base"))
    #expect(after.frame == PixelRectangle(x: -2, y: 5, width: 8, height: 3))
    #expect(
      try after.pixels == wide.resized(to: PixelSize(width: 8, height: 3), using: .lanczos))
    let small = try #require(try document.edited("base", .replace(picture(1, 2))).layer("base"))
    #expect(small.frame == PixelRectangle(x: 0, y: 3, width: 4, height: 8))
    let thin = try #require(try document.edited("base", .replace(picture(100, 1))).layer("base"))
    #expect(thin.frame == PixelRectangle(x: -2, y: 6, width: 8, height: 1))
    let fitting = try picture(8, 8, seed: 9)
    #expect(try document.edited("base", .replace(fitting)).layer("base")?.pixels == fitting)
    #expect(throws: EditingError.isGroup(name: "group")) {
      try document.edited("group", .replace(wide))
    }
    #expect(throws: EditingError.noPixels(name: "adjustment")) {
      try document.edited("adjustment", .replace(wide))
    }
  }
}
