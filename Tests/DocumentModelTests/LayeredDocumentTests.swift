import DocumentModel
import Raster
import Testing

private func layer(_ name: String) -> LayerNode {
  .layer(Layer(attributes: LayerAttributes(name: name), pixels: nil))
}

private func group(_ name: String, _ children: [LayerNode]) throws -> LayerNode {
  .group(try LayerGroup(attributes: LayerAttributes(name: name), children: children))
}

private let canvas = PixelSize(width: 4, height: 3)

@Suite struct LayeredDocumentTests {
  @Test func entriesGoBackToFrontWithGroupsBeforeTheirMembers() throws {
    let document = try LayeredDocument(
      canvas: canvas,
      nodes: [layer("a"), group("b", [layer("c"), group("d", []), layer("e")]), layer("f")])
    #expect(document.entries.map(\.node.attributes.name) == ["a", "b", "c", "d", "e", "f"])
    #expect(document.entries.map(\.path.description) == ["0", "1", "1/0", "1/1", "1/2", "2"])
    #expect(document.entries.map(\.path.depth) == [0, 0, 1, 1, 1, 0])
    #expect(document.layers.map(\.attributes.name) == ["a", "c", "e", "f"])
    for entry in document.entries { #expect(document[entry.path] == entry.node) }
    #expect(document[NodePath([1, 3])] == nil)
    #expect(document[NodePath([0, 0])] == nil)
    #expect(document[NodePath([-1])] == nil)
    #expect(document[NodePath([])] == nil)
  }

  @Test func replacingANodeLeavesTheOthers() throws {
    let document = try LayeredDocument(
      canvas: canvas, nodes: [layer("a"), group("b", [layer("c"), layer("d")])])
    let inserted = try document.replacing(NodePath([1, 0]), with: [layer("x"), layer("y")])
    #expect(inserted.entries.map(\.node.attributes.name) == ["a", "b", "x", "y", "d"])
    let removed = try document.replacing(NodePath([0]), with: [])
    #expect(removed.entries.map(\.node.attributes.name) == ["b", "c", "d"])
    for path in [[], [2], [1, 2], [0, 0], [-1]] as [[Int]] {
      #expect(throws: DocumentError.noSuchNode(NodePath(path))) {
        try document.replacing(NodePath(path), with: [])
      }
    }
  }

  @Test func groupsNestSixtyFourDeepAndNoDeeper() throws {
    var node = layer("innermost")
    for _ in 0..<LayerGroup.maximumHeight { node = try group("g", [node]) }
    #expect(node.height == 64)
    let document = try LayeredDocument(canvas: canvas, nodes: [node])
    #expect(document.entries.last?.path.depth == 64)
    #expect(throws: DocumentError.nestingTooDeep) { try group("g", [node]) }
  }

  @Test func moreNodesThanTheLimitAreRefusedWithoutCountingEach() throws {
    var node = layer("innermost")
    // Doubling 64 times would make more nodes than could ever be visited.
    let error = #expect(throws: DocumentError.self) {
      for _ in 0..<LayerGroup.maximumHeight { node = try group("g", [node, node]) }
    }
    #expect(error == .tooManyNodes(found: 16383))
    let most = Array(repeating: layer("l"), count: LayeredDocument.maximumNodeCount)
    #expect(try LayeredDocument(canvas: canvas, nodes: most).entries.count == 8192)
    #expect(throws: DocumentError.tooManyNodes(found: 8193)) {
      try LayeredDocument(canvas: canvas, nodes: most + [layer("l")])
    }
  }

  @Test(arguments: [(0, 3), (3, 0), (-1, 3), (1 << 21, 1), (1 << 16, 1 << 16)])
  func canvasOutOfRangeIsRefused(width: Int, height: Int) {
    let size = PixelSize(width: width, height: height)
    #expect(throws: DocumentError.sizeOutOfRange(size)) {
      try LayeredDocument(canvas: size, nodes: [])
    }
    #expect(throws: DocumentError.sizeOutOfRange(size)) {
      try GreyImage(size: size, pixels: [])
    }
  }

  @Test func masksOfTheWrongNumberOfBytesAreRefused() {
    #expect(throws: DocumentError.byteCount(found: 11, expected: 12)) {
      try GreyImage(size: canvas, pixels: [UInt8](repeating: 0, count: 11))
    }
  }

  @Test(arguments: [0, -1, .infinity, .nan] as [Double])
  func resolutionsThatAreNoPositiveNumberAreRefused(value: Double) {
    #expect(throws: DocumentError.self) { try Resolution(horizontal: 72, vertical: value) }
    #expect(throws: DocumentError.self) { try Resolution(horizontal: value, vertical: 72) }
  }

  @Test func framesReachBeyondTheCanvasWithoutOverflow() throws {
    let pixels = try RasterImage(size: canvas)
    let layer = Layer(
      attributes: LayerAttributes(name: ""), pixels: pixels,
      origin: PixelPoint(x: .max, y: .min))
    #expect(
      layer.frame == PixelRectangle(x: 2_147_483_647, y: -2_147_483_648, width: 4, height: 3))
  }

  @Test func attributesOfANodeCanBeChangedInPlace() throws {
    var node = try group("old", [layer("a")])
    node.attributes.name = "new"
    node.attributes.blendMode = .passThrough
    guard case .group(let group) = node else {
      Issue.record("a group became a layer")
      return
    }
    #expect(group.attributes.name == "new")
    #expect(group.isPassThrough)
    #expect(group.children.count == 1)
  }
}

@Suite struct OpacityTests {
  @Test func bytesComeBackAsTheyWere() {
    for byte in UInt8.min...UInt8.max { #expect(Opacity(byte: byte).byte == byte) }
  }

  @Test func fractionsAreClampedAndNaNIsNone() {
    #expect(Opacity(fraction: 0.3)?.fraction == 0.3)
    #expect(Opacity(fraction: -1)?.byte == 0)
    #expect(Opacity(fraction: .infinity)?.byte == 255)
    #expect(Opacity(fraction: .nan) == nil)
  }
}
