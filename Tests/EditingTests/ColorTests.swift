import DocumentModel
import Editing
import Raster
import Testing

@Suite struct ColorTests {
  private func edited(_ node: LayerNode, _ operation: EditOperation) throws -> Layer {
    let document = try LayeredDocument(canvas: PixelSize(width: 9, height: 9), nodes: [node])
    return try #require(try document.edited("x", operation).layer("x"))
  }

  @Test func recoloringAgreesWithAnotherComputation() throws {
    for golden in try EditingGolden.read().recolorings {
      let color = try #require(golden.color)
      let pixel = RGBAPixel(red: color[0], green: color[1], blue: color[2], alpha: 255)
      try golden.expect(edited(golden.layer(), .recolor(pixel)), within: 1)
    }
  }

  @Test func shiftsAgreeWithAnotherComputation() throws {
    for golden in try EditingGolden.read().shifts {
      let values = try #require(golden.shift)
      let shift = try HSLShift(hue: values[0], saturation: values[1], lightness: values[2])
      try golden.expect(edited(golden.layer(), .shiftColors(shift)), within: 1)
    }
  }

  @Test func aPlainShapeGetsExactlyTheColourAndKeepsItsAlpha() throws {
    var image = try RasterImage(
      size: PixelSize(width: 16, height: 16),
      filledWith: RGBAPixel(red: 12, green: 99, blue: 201, alpha: 255))
    for y in 0..<16 { image[x: y, y: y].alpha = UInt8(y * 16) }
    let node = LayerNode.layer(Layer(attributes: LayerAttributes(name: "x"), pixels: image))
    for color in [(255, 0, 0), (0, 0, 255), (255, 255, 255), (0, 0, 0), (1, 200, 77)]
      as [(UInt8, UInt8, UInt8)]
    {
      let target = RGBAPixel(red: color.0, green: color.1, blue: color.2, alpha: 255)
      let result = try #require(try edited(node, .recolor(target)).pixels)
      for y in 0..<16 {
        for x in 0..<16 {
          var expected = target
          expected.alpha = image[x: x, y: y].alpha
          // Colours that nobody sees stay.
          if expected.alpha == 0 { expected = image[x: x, y: y] }
          #expect(result[x: x, y: y] == expected)
        }
      }
    }
  }

  @Test func noShiftIsNoChange() throws {
    let pixels = try picture(16, 16)
    let node = LayerNode.layer(Layer(attributes: LayerAttributes(name: "x"), pixels: pixels))
    #expect(try edited(node, .shiftColors(HSLShift())).pixels == pixels)
    #expect(try edited(node, .shiftColors(HSLShift(hue: -720))).pixels == pixels)
  }

  @Test func aTransparentColourAndShiftsOutOfRangeAreRefused() throws {
    let red = RGBAPixel(red: 255, green: 0, blue: 0, alpha: 254)
    #expect(throws: EditingError.transparentColor(red)) {
      try sampleDocument().edited("front", .recolor(red))
    }
    for value in [Double.nan, .infinity, 1.01, -1.01] {
      #expect(throws: EditingError.self) { try HSLShift(saturation: value) }
      #expect(throws: EditingError.self) { try HSLShift(lightness: value) }
    }
    #expect(throws: EditingError.self) { try HSLShift(hue: .nan) }
  }

  @Test func membersOfAGroupAreShadedAsOne() throws {
    func flat(_ value: UInt8, _ name: String) throws -> LayerNode {
      let pixel = RGBAPixel(red: value, green: value, blue: value, alpha: 255)
      return .layer(
        Layer(
          attributes: LayerAttributes(name: name),
          pixels: try RasterImage(size: PixelSize(width: 2, height: 2), filledWith: pixel)))
    }
    let group = LayerNode.group(
      try LayerGroup(
        attributes: LayerAttributes(name: "g"), children: [flat(60, "dark"), flat(180, "light")]))
    let document = try LayeredDocument(canvas: PixelSize(width: 2, height: 2), nodes: [group])
    let green = RGBAPixel(red: 0, green: 128, blue: 0, alpha: 255)
    let after = try document.edited("g", .recolor(green))
    let (dark, light) = (try after.layer("dark"), try after.layer("light"))
    #expect((dark?.pixels?[x: 0, y: 0].green ?? 255) < 128)
    #expect((light?.pixels?[x: 0, y: 0].green ?? 0) > 128)
  }
}
