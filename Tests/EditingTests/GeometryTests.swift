import DocumentModel
import Editing
import Raster
import Testing

@Suite struct GeometryTests {
  private func single(_ node: LayerNode) throws -> LayeredDocument {
    try LayeredDocument(canvas: PixelSize(width: 9, height: 9), nodes: [node])
  }

  @Test func movingKeepsPixelsAndTakesLinkedMasksAlong() throws {
    let before = try sampleDocument()
    let after = try before.edited("masked", .move(dx: 5, dy: -20))
    let (old, new) = (try before.layer("masked"), try after.layer("masked"))
    #expect(new?.pixels == old?.pixels)
    #expect(new?.origin == PixelPoint(x: 7, y: -14))
    #expect(new?.attributes.mask?.origin == PixelPoint(x: 8, y: -13))
    #expect(new?.attributes.mask?.pixels == old?.attributes.mask?.pixels)
    #expect(new?.attributes.vectorMask == old?.attributes.vectorMask)
  }

  @Test func aGroupMovesWithAllMembersAndMasks() throws {
    let after = try sampleDocument().edited("group", .place(x: 10, y: 10))
    // The box of the group was 2, 2 to 9, 10.
    #expect(try after.layer("leaf")?.origin == PixelPoint(x: 12, y: 10))
    #expect(try after.layer("masked")?.origin == PixelPoint(x: 10, y: 14))
    #expect(try after.layer("masked")?.attributes.mask?.origin == PixelPoint(x: 11, y: 15))
    #expect(try after.layer("masked")?.attributes.vectorMask?.origin == PixelPoint(x: 10, y: 14))
    #expect(try after.node("group")?.attributes.mask?.origin == PixelPoint(x: 9, y: 9))
  }

  @Test func aGroupIsScaledAboutTheCornerOfItsBox() throws {
    let after = try sampleDocument().edited("group", .scale(x: 2, y: 3))
    let (leaf, masked) = (try after.layer("leaf"), try after.layer("masked"))
    #expect(leaf?.frame == PixelRectangle(x: 6, y: 2, width: 10, height: 9))
    #expect(masked?.frame == PixelRectangle(x: 2, y: 14, width: 12, height: 12))
    #expect(
      masked?.attributes.mask?.frame == PixelRectangle(x: 4, y: 17, width: 8, height: 12))
    let pixels = try #require(try sampleDocument().layer("leaf")?.pixels)
    #expect(
      try leaf?.pixels == pixels.resized(to: PixelSize(width: 10, height: 9), using: .lanczos))
    #expect(
      try after.edited("group", .resize(PixelSize(width: 7, height: 8))).layer("leaf")?.frame
        == PixelRectangle(x: 4, y: 2, width: 5, height: 3))
  }

  @Test func resizingIsPillows() throws {
    for golden in try EditingGolden.read().resizings {
      let size = PixelSize(width: golden.to[0], height: golden.to[1])
      let origin = PixelPoint(x: -3, y: 4)
      let layer = try #require(
        try single(golden.layer(at: origin)).edited("x", .resize(size)).layer("x"))
      try golden.expect(layer, within: 0)
      #expect(layer.origin == origin)
    }
  }

  @Test func turningAgreesWithAComputationInDoubles() throws {
    for golden in try EditingGolden.read().rotations {
      let degrees = try #require(golden.degrees)
      let origin = PixelPoint(x: 100, y: -50)
      let layer = try #require(
        try single(golden.layer(at: origin)).edited("x", .rotate(degrees: degrees)).layer("x"))
      try golden.expect(layer, within: 1)
      let corner = PixelPoint(
        x: origin.x + Int32(golden.corner[0]), y: origin.y + Int32(golden.corner[1]))
      #expect(layer.origin == corner)
    }
  }

  @Test func quarterTurnsKeepEveryPixel() throws {
    let before = try sampleDocument()
    let layer = try #require(try before.layer("masked"))
    let pixels = try #require(layer.pixels)
    let once = try before.edited("masked", .rotate(degrees: 90))
    let turned = try #require(try once.layer("masked"))
    // 6 x 4 at 2, 6 about 5, 8.
    #expect(turned.frame == PixelRectangle(x: 3, y: 5, width: 4, height: 6))
    for y in 0..<4 {
      for x in 0..<6 { #expect(turned.pixels?[x: 3 - y, y: x] == pixels[x: x, y: y]) }
    }
    #expect(try once.edited("masked", .rotate(degrees: -90)).layer("masked")?.pixels == pixels)
    let half = try before.edited("masked", .rotate(degrees: 180)).layer("masked")
    #expect(half?.frame == layer.frame)
    #expect(half?.pixels?[x: 5, y: 3] == pixels[x: 0, y: 0])
    let back = try before.edited("masked", .rotate(degrees: 630)).layer("masked")
    #expect(back?.pixels?[x: 0, y: 5] == pixels[x: 0, y: 0])
    #expect(try before.edited("masked", .rotate(degrees: 720)) == before)
  }

  @Test func fourQuarterTurnsOfAGroupAreNone() throws {
    let before = try sampleDocument()
    var after = before
    for _ in 0..<4 { after = try after.edited("group", .rotate(degrees: 90)) }
    #expect(try after.layer("leaf")?.pixels == before.layer("leaf")?.pixels)
    #expect(
      try after.node("group")?.attributes.mask?.pixels
        == before.node("group")?.attributes.mask?.pixels)
    // Members keep their places to one another; the centre may have moved by half a pixel a turn.
    let distances = try [before, after].map { document in
      let (leaf, masked) = (try document.layer("leaf"), try document.layer("masked"))
      return [
        (leaf?.origin.x ?? 0) - (masked?.origin.x ?? 1),
        (leaf?.origin.y ?? 0) - (masked?.origin.y ?? 1),
      ]
    }
    #expect(distances[0] == distances[1])
  }

  @Test func aTurnedMaskIsSurroundedByItsDefault() throws {
    var attributes = LayerAttributes(name: "x")
    let white = try GreyImage(
      size: PixelSize(width: 8, height: 8), pixels: Array(repeating: 255, count: 64))
    attributes.mask = LayerMask(pixels: white, defaultValue: 0)
    attributes.vectorMask = LayerMask(pixels: white, defaultValue: 255)
    let node = LayerNode.layer(Layer(attributes: attributes, pixels: try picture(8, 8)))
    let turned = try single(node).edited("x", .rotate(degrees: 45)).node("x")?.attributes
    let dark = try #require(turned?.mask?.pixels)
    #expect(dark.size == PixelSize(width: 12, height: 12))
    #expect(dark.pixels[0] == 0 && dark.pixels[6 * 12 + 6] == 255)
    #expect(turned?.vectorMask?.pixels?.pixels.allSatisfy { $0 == 255 } == true)
    #expect(turned?.mask?.defaultValue == 0)
  }

  @Test(arguments: [EditOperation.scale(x: 1.7, y: 0.6), .rotate(degrees: 20)])
  func aWhiteShapeOnTransparentBlackGetsNoFringe(operation: EditOperation) throws {
    let size = PixelSize(width: 10, height: 10)
    var image = try RasterImage(size: size)
    for y in 3..<7 {
      for x in 3..<7 { image[x: x, y: y] = RGBAPixel(red: 255, green: 255, blue: 255, alpha: 255) }
    }
    let node = LayerNode.layer(Layer(attributes: LayerAttributes(name: "x"), pixels: image))
    let pixels = try #require(try single(node).edited("x", operation).layer("x")?.pixels)
    // Rounding of premultiplied bytes may leave a colour a little below white at alpha near 0.
    for index in stride(from: 0, to: pixels.pixels.count, by: 4) where pixels.pixels[index + 3] > 8
    {
      #expect(pixels.pixels[index] > 220)
    }
  }

  @Test func whatCannotExistIsRefusedBeforeMemoryIsTaken() throws {
    let document = try sampleDocument()
    let huge = PixelSize(width: 1 << 20, height: 1 << 20)
    for value in [0, -1, .nan, .infinity, -Double.infinity] {
      #expect(throws: EditingError.self) { try document.edited("front", .scale(x: value, y: 1)) }
      #expect(throws: EditingError.self) { try document.edited("front", .scale(x: 1, y: value)) }
    }
    for degrees in [Double.nan, .infinity, 1e300] {
      #expect(throws: EditingError.self) { try document.edited("front", .rotate(degrees: degrees)) }
    }
    for scale in [1e5, 1e9, 1e300] {
      #expect(throws: EditingError.self) {
        try document.edited("front", .scale(x: scale, y: scale))
      }
    }
    #expect(throws: EditingError.sizeOutOfRange(name: "front", huge)) {
      try document.edited("front", .resize(huge))
    }
    #expect(throws: EditingError.self) {
      try document.edited("front", .resize(PixelSize(width: 0, height: 4)))
    }
    // Each member could exist, but not all of them.
    #expect(throws: EditingError.self) { try document.edited("group", .scale(x: 4000, y: 4000)) }
    for distance in [Int.max, .min, 1 << 31, -(1 << 31) - 11] {
      #expect(throws: EditingError.positionOutOfRange(name: "front")) {
        try document.edited("front", .move(dx: distance, dy: 0))
      }
    }
    for place in [Int.max, .min, 1 << 31, -(1 << 31) - 1] {
      #expect(throws: EditingError.positionOutOfRange(name: "front")) {
        try document.edited("front", .place(x: 0, y: place))
      }
    }
    #expect(throws: EditingError.noPixels(name: "adjustment")) {
      try document.edited("adjustment", .move(dx: 1, dy: 1))
    }
  }

  @Test func aSideThatWouldVanishKeepsAPixel() throws {
    let after = try sampleDocument().edited("front", .scale(x: 1e-9, y: 0.3))
    #expect(
      try after.layer("front")?.frame == PixelRectangle(x: 10, y: 10, width: 1, height: 1))
  }

  @Test func whatWouldRedrawFormerPixelsGoesWithThem() throws {
    let text = PreservedBlock(format: "psd", key: "TySh", bytes: [1])
    let other = PreservedBlock(format: "psd", key: "lfx2", bytes: [1])
    let attributes = LayerAttributes(
      name: "x", features: [LayerFeature(.text, named: "text", isRendered: true)],
      preserved: [text, other])
    let node = LayerNode.layer(
      Layer(attributes: attributes, pixels: try picture(2, 2), text: TextContent("hello")))
    let moved = try single(node).edited("x", .move(dx: 1, dy: -4)).layer("x")
    #expect(moved?.attributes == attributes && moved?.text?.string == "hello")
    let scaled = try single(node).edited("x", .scale(x: 2, y: 2)).layer("x")
    #expect(scaled?.attributes.preserved == [other])
    #expect(scaled?.text == nil && scaled?.attributes.features.isEmpty == true)
  }
}
