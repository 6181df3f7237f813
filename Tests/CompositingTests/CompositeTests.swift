import Compositing
import DocumentModel
import Raster
import Testing

@Suite struct CompositeTests {
  @Test func aSingleLayerComesOutAsItIs() throws {
    let pixels = (0..<256).flatMap { alpha in
      stride(from: 0, through: 255, by: 5).map { value in
        alpha == 0 ? .clear : RGBAPixel(red: UInt8(value), green: 255, blue: 3, alpha: UInt8(alpha))
      }
    }
    #expect(try composite([layer(pixels)], width: pixels.count) == pixels)
    #expect(try composite([], width: 2) == [.clear, .clear])
  }

  @Test func normalLayersAreNearThoseOfALayerStack() throws {
    let size = PixelSize(width: 300, height: 70)
    let images = try (1...3).map { seed in
      try RasterImage(
        size: size,
        pixels: (0..<size.width * size.height * 4).map { UInt8(truncatingIfNeeded: $0 * 37 * seed) }
      )
    }
    let stack = try LayerStack(canvas: size, layers: images)
    let composite = try LayeredDocument(stack).composite()
    let comparison = try Recomposition(of: stack.composite(), from: composite)
    #expect(comparison.maximumError <= 1)
  }

  @Test func anIsolatedGroupKeepsItsMembersFromTheBackdrop() throws {
    let member = try layer([grey(100)], LayerAttributes(name: "", blendMode: .multiply))
    let isolated = try group([member], LayerAttributes(name: ""))
    let through = try group([member], LayerAttributes(name: "", blendMode: .passThrough))
    #expect(try composite([layer([grey(200)]), isolated]) == [grey(100)])
    #expect(try composite([layer([grey(200)]), through]) == [grey(78)])
  }

  @Test func whatIsClippedToAPassThroughGroupShowsWhereTheGroupDoes() throws {
    let member = try layer([grey(100), .clear], LayerAttributes(name: "", blendMode: .multiply))
    let through = try group([member], LayerAttributes(name: "", blendMode: .passThrough))
    let clipped = try layer(
      [grey(10), grey(10)], LayerAttributes(name: "", blendMode: .linearDodge, isClipped: true))
    // 200 * 100 / 255 = 78, and 10 more.
    #expect(
      try composite([layer([grey(200), grey(200)]), through, clipped], width: 2)
        == [grey(88), grey(200)])
    // Over nothing the clipped layer changes colours, not alpha.
    let faint = try group(
      [layer([grey(100, alpha: 51)])], LayerAttributes(name: "", blendMode: .passThrough))
    let cover = try layer([grey(10)], LayerAttributes(name: "", isClipped: true))
    #expect(try composite([faint, cover]) == [grey(10, alpha: 51)])
  }

  @Test func opacityOfAPassThroughGroupTakesPartOfTheChangeBack() throws {
    let member = try layer([grey(100)], LayerAttributes(name: "", blendMode: .multiply))
    let half = try #require(Opacity(fraction: 0.5))
    let through = try group(
      [member], LayerAttributes(name: "", opacity: half, blendMode: .passThrough))
    // (200 + 78.43) / 2
    #expect(try composite([layer([grey(200)]), through]) == [grey(139)])
    // Over nothing: half of an opaque pixel.
    #expect(try composite([through]) == [grey(100, alpha: 128)])
  }

  @Test func aGroupBlendsAsOneWithItsOpacity() throws {
    let half = try #require(Opacity(fraction: 0.5))
    let members = [try layer([grey(0)]), try layer([grey(255)])]
    let single = try group(members, LayerAttributes(name: "", opacity: half))
    #expect(try composite([layer([grey(0)]), single]) == [grey(128)])
    let multiplied = try group(
      [layer([grey(100)])], LayerAttributes(name: "", blendMode: .multiply))
    #expect(try composite([layer([grey(200)]), multiplied]) == [grey(78)])
  }

  @Test func opacityAndFillOpacityMultiply() throws {
    let half = try #require(Opacity(fraction: 0.5))
    let attributes = LayerAttributes(name: "", opacity: half, fillOpacity: half)
    #expect(try composite([layer([grey(9)], attributes)]) == [grey(9, alpha: 64)])
  }

  /// The numbers are those of Photoshop's merged picture of psd-tools' clipping-mask5.psd at column 7 and row 7.
  @Test func whatIsClippedToAPassThroughGroupLeavesTheColourBelowIt() throws {
    let through = try group(
      [layer([RGBAPixel(red: 255, green: 0, blue: 0, alpha: 24)])],
      LayerAttributes(name: "", blendMode: .passThrough))
    let clipped = try layer(
      [RGBAPixel(red: 0, green: 255, blue: 0, alpha: 255)],
      LayerAttributes(name: "", isClipped: true))
    let merged = try composite([layer([grey(255, alpha: 26)]), through, clipped], width: 1)
    let expected = RGBAPixel(red: 127, green: 255, blue: 127, alpha: 48)
    let found = try #require(merged.first)
    #expect(abs(Int(found.red) - Int(expected.red)) <= 1)
    #expect(found.green == 255 && found.alpha == expected.alpha)
    #expect(abs(Int(found.blue) - Int(expected.blue)) <= 1)
  }

  @Test func clippedLayersShowWhereTheirBaseDoes() throws {
    let clipped = LayerAttributes(name: "", isClipped: true)
    let base = [grey(10), grey(10, alpha: 128), grey(10, alpha: 0)]
    let above = Array(repeating: grey(200), count: 3)
    #expect(
      try composite([layer(base), layer(above, clipped)], width: 3)
        == [grey(200), grey(200, alpha: 128), .clear])
    // The next unclipped layer ends the run.
    #expect(
      try composite([layer(base), layer(above), layer(base, clipped)], width: 3)[2] == grey(200))
  }

  @Test func clippedLayersBlendWithTheirBaseBeforeItMeetsTheBackdrop() throws {
    let half = try #require(Opacity(fraction: 0.5))
    let nodes = [
      try layer([grey(0)]),
      try layer([grey(200)], LayerAttributes(name: "", opacity: half)),
      try layer([grey(100)], LayerAttributes(name: "", blendMode: .multiply, isClipped: true)),
    ]
    // 200 * 100 / 255 = 78.4, half of it over black
    #expect(try composite(nodes) == [grey(39)])
  }

  @Test func clippingOntoGroupsHiddenLayersAndNothingIsDefined() throws {
    let clipped = LayerAttributes(name: "", isClipped: true)
    let onto = try group(
      [layer([grey(10), .clear])], LayerAttributes(name: "", blendMode: .passThrough))
    #expect(
      try composite([onto, layer([grey(200), grey(200)], clipped)], width: 2)
        == [grey(200), .clear])
    let hidden = LayerAttributes(name: "", isVisible: false)
    #expect(try composite([layer([grey(10)], hidden), layer([grey(200)], clipped)]) == [.clear])
    let empty = LayerNode.layer(Layer(attributes: LayerAttributes(name: ""), pixels: nil))
    #expect(try composite([empty, layer([grey(200)], clipped)]) == [.clear])
    #expect(try composite([layer([grey(200)], clipped)]) == [grey(200)])
    #expect(
      try composite([layer([grey(1)], clipped), layer([grey(200)], clipped)]) == [grey(200)])
    let group = try group([layer([grey(7)])], clipped)
    #expect(try composite([layer([grey(10, alpha: 5)]), group]) == [grey(7, alpha: 5)])
  }

  @Test func masksScaleAlpha() throws {
    func shown(_ attributes: LayerAttributes) throws -> [UInt8] {
      try composite([layer(Array(repeating: grey(50), count: 3), attributes)], width: 3)
        .map(\.alpha)
    }
    let painted = try mask([0, 128])
    #expect(try shown(LayerAttributes(name: "", mask: painted)) == [0, 128, 255])
    #expect(
      try shown(LayerAttributes(name: "", mask: mask([0, 128], defaultValue: 64)))
        == [0, 128, 64])
    #expect(
      try shown(LayerAttributes(name: "", mask: mask([0, 128], isDisabled: true)))
        == [255, 255, 255])
    let half = try #require(Opacity(fraction: 0.5))
    #expect(
      try shown(LayerAttributes(name: "", mask: mask([0, 255], defaultValue: 0, density: half)))
        == [128, 255, 128])
    #expect(
      try shown(LayerAttributes(name: "", mask: painted, vectorMask: mask([255, 128, 0])))
        == [0, 64, 0])
    #expect(
      try shown(LayerAttributes(name: "", mask: LayerMask(pixels: nil, defaultValue: 0)))
        == [0, 0, 0])
    let moved = LayerMask(
      pixels: painted.pixels, origin: PixelPoint(x: -1, y: 0), defaultValue: 7)
    #expect(try shown(LayerAttributes(name: "", mask: moved)) == [128, 7, 7])
    let distant = LayerMask(
      pixels: painted.pixels, origin: PixelPoint(x: .max, y: .min), defaultValue: 7)
    #expect(try shown(LayerAttributes(name: "", mask: distant)) == [7, 7, 7])
  }

  @Test func masksOfGroupsScaleTheWholeGroup() throws {
    let isolated = LayerAttributes(name: "", mask: try mask([0, 128]))
    let members = [try layer([grey(1), grey(1)]), try layer([grey(90), grey(90)])]
    #expect(try composite([group(members, isolated)], width: 2) == [.clear, grey(90, alpha: 128)])
    var through = isolated
    through.blendMode = .passThrough
    #expect(
      try composite([layer([grey(0), grey(0)]), group(members, through)], width: 2)
        == [grey(0), grey(45)])
  }

  @Test func layersMayReachBeyondTheCanvasOrMissIt() throws {
    let canvas = PixelSize(width: 2, height: 2)
    let pixels = try RasterImage(size: PixelSize(width: 3, height: 3), filledWith: grey(5))
    func document(_ x: Int32, _ y: Int32) throws -> RasterImage {
      let layer = Layer(
        attributes: LayerAttributes(name: ""), pixels: pixels, origin: PixelPoint(x: x, y: y))
      return try LayeredDocument(canvas: canvas, nodes: [.layer(layer)]).composite()
    }
    #expect(
      try document(1, -2).pixels == [0, 0, 0, 0, 5, 5, 5, 255] + [UInt8](repeating: 0, count: 8))
    #expect(try document(-1, -1) == RasterImage(size: canvas, filledWith: grey(5)))
    for far in [(Int32.min, 0), (.max, .max), (2, 0), (0, -3)] as [(Int32, Int32)] {
      #expect(try document(far.0, far.1) == RasterImage(size: canvas))
    }
  }

  @Test func everyWayOfCuttingTheCanvasGivesTheSamePixels() throws {
    let size = PixelSize(width: 700, height: 150)
    let image = try RasterImage(
      size: size,
      pixels: (0..<size.width * size.height * 4).map {
        UInt8(truncatingIfNeeded: $0 &* 2_654_435_761 >> 13)
      })
    func node(_ mode: BlendMode, x: Int32) -> LayerNode {
      .layer(
        Layer(
          attributes: LayerAttributes(name: "", blendMode: mode), pixels: image,
          origin: PixelPoint(x: x, y: x / 4)))
    }
    let half = try #require(Opacity(fraction: 0.5))
    let through = LayerAttributes(name: "", opacity: half, blendMode: .passThrough)
    let document = try LayeredDocument(
      canvas: size,
      nodes: [
        node(.normal, x: 0), node(.dissolve, x: 13),
        group([node(.color, x: -40), node(.multiply, x: 250)], through),
        group([node(.hue, x: 40), node(.screen, x: -250)], LayerAttributes(name: "")),
      ])
    let whole = try document.composite()
    for rectangle in [
      PixelRectangle(x: 0, y: 0, width: 700, height: 1),
      PixelRectangle(x: 37, y: 11, width: 511, height: 130),
      PixelRectangle(x: 699, y: 149, width: 1, height: 1),
    ] {
      #expect(try document.composite(of: rectangle) == whole.cropped(to: rectangle))
    }
    #expect(throws: RasterError.self) {
      try document.composite(of: PixelRectangle(x: 0, y: 0, width: 0, height: 5))
    }
  }
}
