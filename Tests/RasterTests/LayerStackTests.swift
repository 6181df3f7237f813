import Foundation
import Raster
import Testing

@Suite struct LayerStackTests {
  private let size = PixelSize(width: 2, height: 1)

  @Test func compositeEqualsSuccessiveCallsOfPillow() throws {
    let golden = try PillowGolden.read().stack
    let layers = try golden.layers.map { try RasterImage(golden.size, $0) }
    let stack = try LayerStack(canvas: PixelSize(golden.size), layers: layers)
    #expect(try stack.composite() == RasterImage(golden.size, golden.composite))
  }

  @Test func aStackWithoutLayersIsTransparent() throws {
    let stack = try LayerStack(canvas: size, layers: [])
    #expect(stack.composite().pixels == [0, 0, 0, 0, 0, 0, 0, 0])
  }

  @Test func aLayerOfAnotherSizeIsNamed() throws {
    let found = PixelSize(width: 1, height: 1)
    let layers = try [RasterImage(size: size), RasterImage(size: found)]
    #expect(throws: RasterError.layerSize(index: 1, found: found, expected: size)) {
      try LayerStack(canvas: size, layers: layers)
    }
  }

  @Test func aCanvasOutOfRangeIsRefused() {
    let empty = PixelSize(width: 0, height: 0)
    #expect(throws: RasterError.sizeOutOfRange(empty)) {
      try LayerStack(canvas: empty, layers: [])
    }
  }

  @Test func anEqualCompositeHasInfinitePSNR() throws {
    let picture = try RasterImage(size: size, pixels: [1, 2, 3, 255, 4, 5, 6, 255])
    let figures = try LayerStack(canvas: size, layers: [picture]).recomposition(of: picture)
    #expect(figures.psnr == .infinity)
    #expect(figures.maximumError == 0)
  }

  @Test func psnrIsOverTheThreeColours() throws {
    let picture = try RasterImage(size: size, pixels: [10, 20, 30, 255, 40, 50, 60, 255])
    let layer = try RasterImage(size: size, pixels: [12, 20, 30, 255, 40, 50, 56, 255])
    let figures = try LayerStack(canvas: size, layers: [layer]).recomposition(of: picture)
    // Squares 4 and 16 over six values.
    #expect(abs(figures.psnr - 10 * log10(255 * 255 / (20.0 / 6))) < 1e-12)
    #expect(figures.maximumError == 4)
  }

  @Test func missingAlphaIsAnErrorAlthoughTheColoursAgree() throws {
    let black = RGBAPixel(red: 0, green: 0, blue: 0, alpha: 255)
    let picture = try RasterImage(size: size, filledWith: black)
    let figures = try LayerStack(canvas: size, layers: []).recomposition(of: picture)
    #expect(figures.maximumError == 255)
  }

  @Test func coloursThatNobodySeesDoNotCount() throws {
    let picture = try RasterImage(size: size, pixels: [255, 9, 9, 0, 1, 2, 3, 255])
    let composite = try RasterImage(size: size, pixels: [0, 80, 0, 0, 1, 2, 3, 255])
    #expect(try Recomposition(of: picture, from: composite).psnr == .infinity)
  }
}
