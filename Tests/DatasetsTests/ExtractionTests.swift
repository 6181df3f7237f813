import Compositing
import Datasets
import DocumentModel
import Raster
import Testing

struct ExtractionTests {
  /// The largest difference between the layers laid over white by Pillow's rule and the picture.
  private func error(of extraction: Extraction) throws -> Int {
    let white = try RasterImage(
      size: extraction.canvas, filledWith: RGBAPixel(red: 255, green: 255, blue: 255, alpha: 255))
    let layers = try [white] + extraction.layers.map { try $0.pixels.onCanvas(extraction.canvas) }
    let composite = try LayerStack(canvas: extraction.canvas, layers: layers).composite()
    return try Stacks.difference(composite, extraction.picture)
  }

  @Test func plainLayersKeepTheirPixels() throws {
    let node = try Documents.layer("one", x: 5, y: 6, width: 10, height: 8)
    let document = try Documents.document([Documents.background(), node])
    let extraction = try Extraction(of: document)
    #expect(extraction.layers.map(\.name) == ["background", "one"])
    #expect(extraction.layers[1].pixels.image == (try Documents.image(10, 8, seed: 1)))
    #expect(
      extraction.layers[1].pixels.frame == PixelRectangle(x: 5, y: 6, width: 10, height: 8))
    #expect(try error(of: extraction) <= 1)
  }

  @Test(arguments: BlendMode.allCases) func everyBlendModeIsBaked(mode: BlendMode) throws {
    let document = try Documents.document([
      Documents.background(),
      Documents.layer("soft", x: 2, y: 3, width: 22, height: 20, seed: 4, opacity: 180),
      Documents.layer("blended", x: 10, y: 5, width: 26, height: 22, seed: 7, mode: mode),
      Documents.layer("above", x: 20, y: 1, width: 10, height: 28, seed: 5, opacity: 128),
    ])
    let extraction = try Extraction(of: document)
    #expect(try error(of: extraction) <= 2)
    // A mode may leave the picture as it is; then the layer is empty.
    #expect(extraction.layers.count + extraction.dropped.count == 4)
  }

  @Test func aMultipliedWhiteIsClearAndAMultipliedBlackStaysBlack() throws {
    var ink = try RasterImage(
      size: PixelSize(width: 8, height: 8),
      filledWith: RGBAPixel(red: 255, green: 255, blue: 255, alpha: 255))
    ink[x: 3, y: 3] = RGBAPixel(red: 0, green: 0, blue: 0, alpha: 255)
    let node = LayerNode.layer(
      Layer(
        attributes: LayerAttributes(name: "ink", blendMode: .multiply), pixels: ink,
        origin: PixelPoint(x: 10, y: 10)))
    let extraction = try Extraction(of: Documents.document([Documents.background(), node]))
    let pixels = extraction.layers[1].pixels
    #expect(pixels.frame == PixelRectangle(x: 13, y: 13, width: 1, height: 1))
    #expect(pixels.image[x: 0, y: 0] == RGBAPixel(red: 0, green: 0, blue: 0, alpha: 255))
  }

  @Test func aClippedLayerEndsWithItsBase() throws {
    let document = try Documents.document([
      Documents.background(),
      Documents.layer("base", x: 10, y: 8, width: 12, height: 12, seed: 3),
      Documents.layer("clipped", x: 2, y: 2, width: 30, height: 14, seed: 8, isClipped: true),
      Documents.layer(
        "clipped too", x: 14, y: 2, width: 20, height: 20, seed: 6, mode: .screen, isClipped: true),
    ])
    let extraction = try Extraction(of: document)
    #expect(extraction.layers.map(\.name) == ["background", "base", "clipped", "clipped too"])
    let base = PixelRectangle(x: 10, y: 8, width: 12, height: 12)
    for layer in extraction.layers.dropFirst(2) {
      #expect(layer.pixels.frame.x >= base.x)
      #expect(layer.pixels.frame.x + layer.pixels.frame.width <= base.x + base.width)
    }
    #expect(try error(of: extraction) <= 2)
  }

  @Test func aGroupWithOpacityBecomesOneLayerAndAPlainOneIsTakenApart() throws {
    func members(_ seed: Int) throws -> [LayerNode] {
      [
        try Documents.layer("a", x: 3, y: 3, width: 15, height: 15, seed: seed),
        try Documents.layer("b", x: 9, y: 9, width: 15, height: 15, seed: seed + 1),
      ]
    }
    let document = try Documents.document([
      Documents.background(), Documents.group("faded", members(3), opacity: 120),
      Documents.group("plain", members(20)),
      Documents.group("isolated", members(40), mode: .normal),
      Documents.group("screened", members(60), mode: .screen),
    ])
    let extraction = try Extraction(of: document)
    #expect(
      extraction.layers.map(\.name) == ["background", "faded", "a", "b", "a", "b", "screened"])
    #expect(extraction.layers.map(\.path) == ["0", "1", "2/0", "2/1", "3/0", "3/1", "4"])
    #expect(try error(of: extraction) <= 2)
  }

  @Test func whatDoesNotShowIsLeftOutWithItsReason() throws {
    var hidden = try Documents.layer("hidden", x: 0, y: 0, width: 5, height: 5)
    hidden.attributes.isVisible = false
    var hiddenGroup = try Documents.group(
      "hidden group", [Documents.layer("inside", x: 0, y: 0, width: 5, height: 5)])
    hiddenGroup.attributes.isVisible = false
    let transparent = try Documents.layer(
      "transparent", x: 0, y: 0, width: 5, height: 5, opacity: 0)
    let outside = try Documents.layer("outside", x: 100, y: 0, width: 5, height: 5)
    let clear = LayerNode.layer(
      Layer(
        attributes: LayerAttributes(name: "clear"),
        pixels: try RasterImage(size: PixelSize(width: 4, height: 4))))
    let nothing = LayerNode.layer(Layer(attributes: LayerAttributes(name: "nothing"), pixels: nil))
    let adjustment = LayerNode.layer(
      Layer(
        attributes: LayerAttributes(
          name: "curves",
          features: [LayerFeature(.adjustment, named: "curves", isRendered: false)]),
        pixels: nil))
    let document = try Documents.document([
      Documents.background(), hidden, hiddenGroup, transparent, outside, clear, nothing, adjustment,
    ])
    let extraction = try Extraction(of: document)
    #expect(extraction.layers.map(\.name) == ["background"])
    let reasons = Dictionary(uniqueKeysWithValues: extraction.dropped.map { ($0.name, $0.reason) })
    #expect(
      reasons == [
        "hidden": .hidden, "inside": .hidden, "transparent": .opacityZero, "outside": .offCanvas,
        "clear": .empty, "nothing": .noPixels, "curves": .adjustmentOnly,
      ])
    #expect(extraction.notRendered == ["curves"])
    #expect(extraction.picture == (try document.composite()))
  }

  private func adjustment(
    _ name: String, _ attributes: LayerAttributes = LayerAttributes(name: "")
  ) -> LayerNode {
    var attributes = attributes
    attributes.name = name
    let darker = ToneTables(all: ToneTable { $0 * 0.8 })
    return .layer(Layer(attributes: attributes, pixels: nil, adjustment: .tones(darker)))
  }

  @Test func anAdjustmentGoesIntoTheLayersBelowIt() throws {
    let document = try Documents.document([
      Documents.background(),
      Documents.layer("below", x: 4, y: 4, width: 20, height: 18, seed: 4, opacity: 200),
      adjustment("darker"),
      Documents.layer("above", x: 12, y: 8, width: 20, height: 18, seed: 5, mode: .multiply),
    ])
    let extraction = try Extraction(of: document)
    #expect(extraction.layers.map(\.name) == ["background", "below", "above"])
    #expect(extraction.dropped.map(\.name) == ["darker"])
    #expect(extraction.dropped.map(\.reason) == [.bakedAdjustment])
    #expect(try error(of: extraction) <= 2)
    let plain = try Documents.image(40, 30, seed: 9, isSoft: false)
    let changed = extraction.layers[0].pixels.image
    #expect(changed[x: 35, y: 25].red == UInt8(Double(plain[x: 35, y: 25].red) * 0.8 + 0.5))
    #expect(changed[x: 35, y: 25].alpha == 255)
  }

  @Test func aClippedAdjustmentGoesIntoItsBaseAndWhatIsClippedBelowIt() throws {
    let document = try Documents.document([
      Documents.background(),
      Documents.layer("base", x: 6, y: 4, width: 20, height: 18, seed: 4),
      Documents.layer("clipped", x: 0, y: 9, width: 30, height: 5, seed: 6, isClipped: true),
      adjustment("darker", LayerAttributes(name: "", isClipped: true)),
      Documents.layer("over", x: 0, y: 15, width: 30, height: 5, seed: 7, isClipped: true),
    ])
    let extraction = try Extraction(of: document)
    #expect(extraction.layers.map(\.name) == ["background", "base", "clipped", "over"])
    #expect(
      extraction.layers[0].pixels.image == (try Documents.image(40, 30, seed: 9, isSoft: false)))
    #expect(try error(of: extraction) <= 2)
  }

  @Test func anAdjustmentInAGroupStaysThereOrPassesThrough() throws {
    func members() throws -> [LayerNode] {
      [
        try Documents.layer("inside", x: 9, y: 9, width: 15, height: 15, seed: 3),
        adjustment("darker"),
      ]
    }
    let isolated = try Extraction(
      of: Documents.document([
        Documents.background(), Documents.group("isolated", members(), mode: .normal),
      ]))
    #expect(isolated.layers.map(\.name) == ["background", "isolated"])
    #expect(
      isolated.layers[0].pixels.image == (try Documents.image(40, 30, seed: 9, isSoft: false)))
    #expect(try error(of: isolated) <= 2)
    let passing = try Extraction(
      of: Documents.document([Documents.background(), Documents.group("through", members())]))
    #expect(passing.layers.map(\.name) == ["background", "inside"])
    #expect(
      passing.layers[0].pixels.image != (try Documents.image(40, 30, seed: 9, isSoft: false)))
    #expect(try error(of: passing) <= 2)
  }

  @Test func aFillBecomesALayerOfItsColour() throws {
    let color = RGBAPixel(red: 10, green: 200, blue: 30, alpha: 255)
    let shape = LayerMask(
      pixels: try GreyImage(
        size: PixelSize(width: 4, height: 3), pixels: [UInt8](repeating: 255, count: 12)),
      origin: PixelPoint(x: 5, y: 6), defaultValue: 0)
    let fill = LayerNode.layer(
      Layer(
        attributes: LayerAttributes(name: "shape"), pixels: nil,
        fill: Fill(color: color, shape: shape)))
    let extraction = try Extraction(of: Documents.document([Documents.background(), fill]))
    #expect(extraction.layers.map(\.name) == ["background", "shape"])
    #expect(extraction.layers[1].pixels.frame == PixelRectangle(x: 5, y: 6, width: 4, height: 3))
    #expect(extraction.layers[1].pixels.image[x: 0, y: 0] == color)
  }

  @Test func aBrokenLayerIsLeftOutOfLayersAndPicture() throws {
    var broken = try Documents.layer("broken", x: 4, y: 4, width: 9, height: 9)
    broken.attributes.source = SourceReference(index: 7)
    let whole = try Documents.document([Documents.background(), broken])
    let extraction = try Extraction(of: whole, broken: [7])
    #expect(extraction.dropped.map(\.reason) == [.corrupt])
    #expect(extraction.picture == (try Documents.document([Documents.background()]).composite()))
    #expect(extraction.lacksBrokenLayers)
  }

  @Test func aTransparentCanvasIsShownOverWhite() throws {
    let document = try Documents.document([
      Documents.layer("alone", x: 5, y: 5, width: 10, height: 10, opacity: 100)
    ])
    let extraction = try Extraction(of: document)
    #expect(extraction.picture.isOpaque)
    #expect(
      extraction.picture[x: 0, y: 0] == RGBAPixel(red: 255, green: 255, blue: 255, alpha: 255))
    #expect(try error(of: extraction) <= 1)
  }

  /// Groups, modes, masks, clippings and opacities at random: baked within the limit, or refused.
  @Test(arguments: 0..<120) func randomDocumentsAreBakedWithinTwoLevelsOrRefused(
    seed: Int
  ) throws {
    let document = try Documents.random(seed: seed)
    do {
      let extraction = try Extraction(of: document)
      #expect(try error(of: extraction) <= 3)
    } catch let drop as FileDrop {
      #expect(drop.reason == .notBaked)
    }
  }

  @Test func fewRandomDocumentsAreRefused() throws {
    let refused = (0..<120).count { seed in
      (try? Extraction(of: Documents.random(seed: seed))) == nil
    }
    #expect(refused <= 6)
  }
}
