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

  @Test func anIndexCountsFromTheBackGroupsBeforeTheirMembers() throws {
    let document = try sampleDocument()
    let names = ["base", "clip", "group", "inner", "leaf", "masked", "adjustment", "front"]
    for (index, name) in names.enumerated() {
      let path = try document.path(to: NodeSelector("\(index)"))
      #expect(document[path]?.attributes.name == name)
      #expect(try document.path(to: NodeSelector(name)) == path)
    }
  }

  @Test func digitsAreAnIndexUnlessTheyAreSaidToBeAName() throws {
    let document = try document(["2", "name:2", "x"])
    #expect(try document.path(to: NodeSelector("2")) == NodePath([2]))
    #expect(try document.path(to: NodeSelector("name:2")) == NodePath([0]))
    #expect(try document.path(to: NodeSelector("name:name:2")) == NodePath([1]))
    #expect(NodeSelector("-1") == .name("-1"))
    #expect(NodeSelector("٣") == .name("٣"))
    #expect(NodeSelector("") == .name(""))
  }

  @Test func anAmbiguousNameListsTheIndices() throws {
    let document = try document(["a", "b", "a"])
    let error = EditingError.ambiguousName("a", indices: [0, 2])
    #expect(throws: error) { try document.path(to: NodeSelector("a")) }
    #expect(error.description.hasSuffix("give one of the indices 0, 2"))
  }

  @Test(arguments: ["3", "99999999999999999999", "c", "", "A"])
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
