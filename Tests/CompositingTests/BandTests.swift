import Compositing
import DocumentModel
import Raster
import Testing

@Suite struct BandTests {
  private struct Stopped: Error {}

  /// A canvas of a size with layers that cross the borders of bands, one of them dissolving.
  private func document(_ canvas: PixelSize) throws -> LayeredDocument {
    let modes: [BlendMode] = [.normal, .multiply, .dissolve]
    let nodes = try modes.enumerated().map { index, mode in
      let size = PixelSize(width: 500, height: min(3000, canvas.height + 10))
      let pixels = (0..<size.width * size.height * 4).map {
        UInt8(truncatingIfNeeded: $0 * (31 + index))
      }
      return LayerNode.layer(
        Layer(
          attributes: LayerAttributes(name: "", blendMode: mode),
          pixels: try RasterImage(size: size, pixels: pixels),
          origin: PixelPoint(x: Int32(index * 90), y: Int32(index * 40 - 20))))
    }
    return try LayeredDocument(canvas: canvas, nodes: nodes)
  }

  @Test(arguments: [
    PixelSize(width: 1024, height: 4500), PixelSize(width: 70_000, height: 130),
    PixelSize(width: 3, height: 5),
  ])
  func bandsTogetherAreTheComposite(canvas: PixelSize) throws {
    let document = try document(canvas)
    var rows: [UInt8] = []
    var bandCount = 0
    try document.compositeBands { band in
      #expect(band.size.width == canvas.width)
      rows += band.pixels
      bandCount += 1
    }
    #expect(try rows == document.composite().pixels)
    #expect((bandCount > 1) == (canvas.height > 100))
  }

  @Test func aBandThatIsNotTakenEndsTheMerging() throws {
    var count = 0
    #expect(throws: Stopped.self) {
      try document(PixelSize(width: 1024, height: 9000)).compositeBands { _ in
        count += 1
        throw Stopped()
      }
    }
    #expect(count == 1)
  }
}
