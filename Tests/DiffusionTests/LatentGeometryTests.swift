import Diffusion
import Raster
import Testing
import Torch
import TorchTesting

@Suite struct LatentPackingTests {
  @Test(.tags(.golden)) func tokensMatchDiffusersAndUnpackToTheSameLatents() throws {
    let latents = try seededInput("frames", [2, 3, 4, 6, 10])
    let packed = try LatentPacking.packed(latents)
    try expectClose(packed, Golden("diffusion")["packed"], relative: 0, absolute: 1e-12)
    let unpacked = try LatentPacking.unpacked(packed, grid: TokenGrid(rows: 3, columns: 5))
    try expectClose(unpacked, latents, relative: 0, absolute: 1e-12)
  }

  @Test func featureOfATokenIsChannelThenRowThenColumnOfItsSquare() throws {
    let (C, h, w) = (3, 4, 6)
    let numbered = try Tensor.range(to: C * h * w, dtype: .float32).reshaped(to: [1, 1, C, h, w])
    let tokens = try LatentPacking.packed(numbered).values(as: Float.self)
    let token = 1 * (w / 2) + 2
    for c in 0..<C {
      for dy in 0..<2 {
        for dx in 0..<2 {
          let source = c * h * w + (2 + dy) * w + (4 + dx)
          #expect(tokens[token * C * 4 + c * 4 + dy * 2 + dx] == Float(source))
        }
      }
    }
  }

  @Test func latentsOfOddSizeAreRefused() {
    #expect(throws: TorchError.self) { try LatentPacking.packed(.zeros([1, 1, 4, 5, 6])) }
    #expect(throws: TorchError.self) {
      try LatentPacking.unpacked(.zeros([1, 7, 16]), grid: TokenGrid(rows: 2, columns: 2))
    }
  }
}

@Suite struct WorkingSizeTests {
  // The reference's results, width x height.
  @Test(arguments: [
    ((512, 512), (640, 640), (1024, 1024)), ((1920, 1080), (864, 480), (1376, 768)),
    ((1080, 1920), (480, 864), (768, 1376)), ((1024, 768), (736, 544), (1184, 896)),
    ((1344, 768), (832, 480), (1344, 768)), ((1000, 300), (1184, 352), (1856, 576)),
    ((1290, 2796), (448, 928), (704, 1504)), ((3000, 1000), (1120, 384), (1760, 576)),
    ((64, 4096), (64, 5120), (128, 8192)),
  ]) func sizeIsThatOfTheReference(picture: (Int, Int), at640: (Int, Int), at1024: (Int, Int)) {
    let size = PixelSize(width: picture.0, height: picture.1)
    for (resolution, expected) in [(640, at640), (1024, at1024)] {
      #expect(
        WorkingSize.fitting(size, resolution: resolution)
          == PixelSize(width: expected.0, height: expected.1))
    }
  }

  @Test func pictureThatIsFarTooLongHasNoWorkingSize() {
    #expect(WorkingSize.fitting(PixelSize(width: 1, height: 100_000), resolution: 640) == nil)
  }

  @Test func gridOfAPictureIsASixteenthOfItsSides() {
    let latents = LatentSize(for: PixelSize(width: 864, height: 480))
    #expect(latents == LatentSize(width: 108, height: 60))
    #expect(TokenGrid(for: latents) == TokenGrid(rows: 30, columns: 54))
  }
}
