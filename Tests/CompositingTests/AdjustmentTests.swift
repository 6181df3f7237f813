import Compositing
import DocumentModel
import Raster
import Testing

@Suite struct AdjustmentTests {
  private static let inverted = Adjustment.tones(ToneTables(all: ToneTable { 255 - $0 }))

  private func adjustment(
    _ adjustment: Adjustment = inverted, _ attributes: LayerAttributes = .init(name: "")
  ) -> LayerNode {
    .layer(Layer(attributes: attributes, pixels: nil, adjustment: adjustment))
  }

  @Test func anAdjustmentChangesColoursAndLeavesAlpha() throws {
    let pixels = [grey(200), grey(200, alpha: 100), .clear]
    #expect(
      try composite([layer(pixels), adjustment()], width: 3)
        == [grey(55), grey(55, alpha: 100), .clear])
  }

  @Test func masksAndOpacityTakePartOfTheChangeBack() throws {
    var attributes = LayerAttributes(name: "")
    attributes.mask = try mask([255, 0], defaultValue: 0)
    let pixels = [grey(200), grey(200), grey(200)]
    #expect(
      try composite([layer(pixels), adjustment(Self.inverted, attributes)], width: 3)
        == [grey(55), grey(200), grey(200)])
    attributes = LayerAttributes(name: "", opacity: try #require(Opacity(fraction: 0.2)))
    // 200 + (55 - 200) / 5
    #expect(
      try composite([layer(pixels), adjustment(Self.inverted, attributes)], width: 1) == [grey(171)]
    )
  }

  @Test func aBlendModeMixesTheChangedColoursWithThoseBelow() throws {
    let attributes = LayerAttributes(name: "", blendMode: .multiply)
    // 200 * 55 / 255
    #expect(
      try composite([layer([grey(200)]), adjustment(Self.inverted, attributes)]) == [grey(43)])
  }

  @Test func anIsolatedGroupKeepsItAndAPassThroughGroupLetsItOut() throws {
    let below = try layer([grey(200)])
    let isolated = try group([adjustment()], LayerAttributes(name: ""))
    let through = try group([adjustment()], LayerAttributes(name: "", blendMode: .passThrough))
    #expect(try composite([below, isolated]) == [grey(200)])
    #expect(try composite([below, through]) == [grey(55)])
    // As in Photoshop, it stays inside where the group's fill is not whole, or something is clipped to the group.
    var faint = through
    faint.attributes.fillOpacity = try #require(Opacity(fraction: 0.4))
    #expect(try composite([below, faint]) == [grey(200)])
    let clipped = try layer([.clear], LayerAttributes(name: "", isClipped: true))
    #expect(try composite([below, through, clipped]) == [grey(200)])
  }

  @Test func aClippedAdjustmentChangesItsBaseAlone() throws {
    let clipped = adjustment(Self.inverted, LayerAttributes(name: "", isClipped: true))
    let base = try layer([grey(100), .clear])
    #expect(
      try composite([layer([grey(200), grey(200)]), base, clipped], width: 2)
        == [grey(155), grey(200)])
  }

  @Test func whatIsClippedToAnAdjustmentEndsWithItsMask() throws {
    var attributes = LayerAttributes(name: "")
    attributes.mask = try mask([255, 0], defaultValue: 0)
    let again = adjustment(
      .tones(ToneTables(all: ToneTable { $0 + 10 })), LayerAttributes(name: "", isClipped: true))
    #expect(
      try composite(
        [layer([grey(200), grey(200)]), adjustment(Self.inverted, attributes), again], width: 2)
        == [grey(65), grey(200)])
  }

  @Test func aThresholdIsHeldAgainstLuminosity() throws {
    let red = RGBAPixel(red: 255, green: 0, blue: 0, alpha: 255)  // 76.5, which counts as below 77
    #expect(try composite([layer([red]), adjustment(.threshold(level: 76))]) == [grey(255)])
    #expect(try composite([layer([red]), adjustment(.threshold(level: 77))]) == [grey(0)])
  }

  @Test func hueTurnsAndGreysStay() throws {
    let turned = HueAdjustment(isColorizing: false, hue: 120, saturation: 0, lightness: 0)
    let red = RGBAPixel(red: 200, green: 20, blue: 20, alpha: 255)
    #expect(
      try composite([layer([red, grey(90)]), adjustment(.hue(turned))], width: 2)
        == [RGBAPixel(red: 20, green: 200, blue: 20, alpha: 255), grey(90)])
    let tinted = HueAdjustment(isColorizing: true, hue: 240, saturation: 1, lightness: 0)
    #expect(
      try composite([layer([grey(51)]), adjustment(.hue(tinted))])
        == [RGBAPixel(red: 0, green: 0, blue: 102, alpha: 255)])
  }

  @Test func aFillShowsInsideItsShape() throws {
    let color = RGBAPixel(red: 10, green: 20, blue: 30, alpha: 255)
    let shape = try mask([255, 51], defaultValue: 0)
    let everywhere = LayerNode.layer(
      Layer(attributes: LayerAttributes(name: ""), pixels: nil, fill: Fill(color: color)))
    #expect(try composite([everywhere], width: 3) == [color, color, color])
    let shaped = LayerNode.layer(
      Layer(
        attributes: LayerAttributes(name: ""), pixels: nil, origin: PixelPoint(x: 1, y: 0),
        fill: Fill(color: color, shape: shape)))
    var faint = color
    faint.alpha = 51
    #expect(try composite([shaped], width: 4) == [.clear, color, faint, .clear])
  }

  @Test func formatsWithoutFillsGetPixelsAndAreToldOfAdjustments() throws {
    let color = RGBAPixel(red: 10, green: 20, blue: 30, alpha: 255)
    let shaped = Layer(
      attributes: LayerAttributes(name: "shape"), pixels: nil,
      fill: Fill(color: color, shape: try mask([255, 255], defaultValue: 0)))
    var named = LayerAttributes(name: "invert")
    named.features = [LayerFeature(.adjustment, named: "invert", isRendered: true)]
    let document = try LayeredDocument(
      canvas: PixelSize(width: 4, height: 1),
      nodes: [.layer(shaped), adjustment(Self.inverted, named)])
    let simplified = try document.simplified()
    guard case .layer(let layer)? = simplified.document.nodes.first else {
      Issue.record("the fill is gone")
      return
    }
    #expect(layer.pixels == (try row([color, color])))
    #expect(simplified.changes.contains(.leftOut(node: "invert", named.features[0])))
    #expect(try document.drawingFills().layers.first?.pixels == row([color, color]))
  }
}
