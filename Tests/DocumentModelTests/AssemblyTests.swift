import DocumentModel
import Raster
import Testing

@Suite struct AssemblyTests {
  @Test func layersAreCroppedNumberedAndKeptInOrder() throws {
    let canvas = PixelSize(width: 4, height: 3)
    let red = RGBAPixel(red: 255, green: 0, blue: 0, alpha: 1)
    var first = try RasterImage(size: canvas)
    first[x: 1, y: 2] = red
    first[x: 2, y: 1] = red
    let stack = try LayerStack(
      canvas: canvas,
      layers: [first, RasterImage(size: canvas), RasterImage(size: canvas, filledWith: red)])
    let document = try LayeredDocument(stack)
    #expect(document.canvas == canvas)
    #expect(document.layers.map(\.attributes.name) == ["Layer 1", "Layer 2", "Layer 3"])
    #expect(
      document.layers.map(\.frame) == [
        PixelRectangle(x: 1, y: 1, width: 2, height: 2), nil,
        PixelRectangle(x: 0, y: 0, width: 4, height: 3),
      ])
    let cropped = try #require(document.layers[0].pixels)
    #expect(cropped[x: 0, y: 0] == .clear)
    #expect(cropped[x: 1, y: 0] == red)
    #expect(cropped[x: 0, y: 1] == red)
    #expect(try LayeredDocument(LayerStack(canvas: canvas, layers: [])).nodes.isEmpty)
  }
}
