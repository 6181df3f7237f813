import DocumentModel
import Editing
import Raster
import Testing

@Suite struct NodeSelectorTests {
  private func document(_ names: [String]) throws -> LayeredDocument {
    try LayeredDocument(
      canvas: PixelSize(width: 1, height: 1),
      nodes: names.map { .layer(Layer(attributes: LayerAttributes(name: $0), pixels: nil)) })
  }

  @Test func placesAreThoseOfTheTree() throws {
    let document = try sampleDocument()
    let names = [
      ("0", "base"), ("1", "clip"), ("2", "group"), ("2/0", "inner"), ("2/0/0", "leaf"),
      ("2/1", "masked"), ("3", "adjustment"), ("4", "front"),
    ]
    for (place, name) in names {
      let path = try document.path(to: NodeSelector(place))
      #expect(document[path]?.attributes.name == name && path.description == place)
      #expect(try document.path(to: NodeSelector(name)) == path)
    }
  }

  @Test func digitsAreAPlaceUnlessTheyAreSaidToBeAName() throws {
    let document = try document(["2", "name:2", "x", "1/0"])
    #expect(try document.path(to: NodeSelector("2")) == NodePath([2]))
    #expect(try document.path(to: NodeSelector("name:2")) == NodePath([0]))
    #expect(try document.path(to: NodeSelector("name:name:2")) == NodePath([1]))
    #expect(try document.path(to: NodeSelector("name:1/0")) == NodePath([3]))
    for text in ["-1", "٣", "", "/", "1/", "/1", "1//0", "1/a"] {
      #expect(NodeSelector(text) == .name(text))
    }
  }

  @Test func anAmbiguousNameListsThePlaces() throws {
    let document = try document(["a", "b", "a"])
    let error = EditingError.ambiguousName("a", places: [NodePath([0]), NodePath([2])])
    #expect(throws: error) { try document.path(to: NodeSelector("a")) }
    #expect(error.description.hasSuffix("give the place of one: 0, 2"))
  }

  @Test(arguments: ["3", "99999999999999999999", "0/0", "c", "", "A"])
  func whatIsNotThereIsNamed(text: String) throws {
    let document = try document(["a", "b", "x"])
    let selector = NodeSelector(text)
    let error = #expect(throws: EditingError.self) { try document.path(to: selector) }
    #expect(error?.description.contains(text.isEmpty ? "\"\"" : text) == true)
  }

  @Test func namesThatOnlyLookAlikeAreDifferent() throws {
    let document = try document(["\u{E9}", "e\u{301}"])
    #expect(try document.path(to: NodeSelector("e\u{301}")) == NodePath([1]))
  }
}
