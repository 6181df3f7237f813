import Autoencoder
import Testing
import Torch
import TorchTesting

@Suite struct TilingTests {
  @Test func tilesOfALargePictureMatchDiffusers() throws {
    let reference = try ReferenceVAE("tiled")
    let (vae, golden) = (reference.vae, reference.golden)
    let mean = try vae.encode(reference.image(320, 264), tiling: Tiling()).mean
    #expect(mean.shape == [1, 16, 40, 33])
    try expectClose(
      mean.strided(from: 1, by: 2, along: 2).strided(from: 1, by: 2, along: 3), golden["mean"],
      relative: 1e-5, absolute: 1e-5)
    let picture = try vae.decode(reference.latents(40, 33), tiling: Tiling())
    #expect(picture.shape == [1, 4, 320, 264])
    try expectClose(
      picture.strided(from: 5, by: 8, along: 2).strided(from: 5, by: 8, along: 3),
      golden["picture"], relative: 1e-5, absolute: 1e-5)
  }

  @Test func tilesInBFloat16StayNearThoseOfDiffusers() throws {
    let reference = try ReferenceVAE("tiled", dtype: .bfloat16)
    let (vae, golden) = (reference.vae, reference.golden)
    let tiling = Tiling(side: 64, stride: 48)
    let whole = try ReferenceVAE("tiled")
    try expectCloseInBFloat16(
      vae.encode(reference.image(72, 80), tiling: tiling).mean, golden["mean in bfloat16"],
      exact: whole.vae.encode(whole.image(72, 80), tiling: tiling).mean, share: 0.9)
    func everySecond(_ picture: Tensor) throws -> Tensor {
      try picture.strided(from: 1, by: 2, along: 2).strided(from: 1, by: 2, along: 3)
    }
    try expectCloseInBFloat16(
      everySecond(vae.decode(reference.latents(9, 10), tiling: tiling)),
      golden["picture in bfloat16"],
      exact: everySecond(whole.vae.decode(whole.latents(9, 10), tiling: tiling)), share: 0.9)
  }

  @Test func pictureOfOneTileIsTakenWhole() throws {
    let reference = try ReferenceVAE("four-levels")
    let (image, latents) = (try reference.image(40, 24), try reference.latents(5, 3))
    let tiling = Tiling(side: 40, stride: 24)
    try expectClose(
      reference.vae.encode(image, tiling: tiling).mean, reference.golden["mean 40x24"],
      relative: 1e-5, absolute: 1e-5)
    try expectClose(
      reference.vae.decode(latents, tiling: tiling), reference.golden["picture 40x24"],
      relative: 1e-5, absolute: 1e-5)
  }
}
