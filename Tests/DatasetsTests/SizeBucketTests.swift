import Datasets
import Raster
import Testing

struct SizeBucketTests {
  /// The values are those of diffusers' `calculate_dimensions`.
  @Test(arguments: [
    ((512, 512), (640, 640), (1024, 1024)), ((1920, 1080), (864, 480), (1376, 768)),
    ((1080, 1920), (480, 864), (768, 1376)), ((1024, 768), (736, 544), (1184, 896)),
    ((1000, 300), (1184, 352), (1856, 576)), ((1290, 2796), (448, 928), (704, 1504)),
    ((64, 4096), (64, 5120), (128, 8192)),
  ])
  func bucketsAreThoseOfThePipeline(size: (Int, Int), small: (Int, Int), large: (Int, Int)) {
    let canvas = PixelSize(width: size.0, height: size.1)
    #expect(canvas.bucket(ofSide: 640) == PixelSize(width: small.0, height: small.1))
    #expect(canvas.bucket(ofSide: 1024) == PixelSize(width: large.0, height: large.1))
  }
}
