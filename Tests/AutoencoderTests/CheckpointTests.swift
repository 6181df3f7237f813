import Autoencoder
import Testing
import Torch
import TorchTesting
import Weights

@Suite struct CheckpointTests {
  private func official() throws -> QwenImageVAE.Configuration {
    var configuration = try fixtureConfiguration("four-levels")
    configuration.baseWidth = 96
    return configuration
  }

  @Test func officialLayoutHas194TensorsAnd127MillionNumbers() throws {
    let store = WeightStore(ShapesOnly())
    let vae = try QwenImageVAE(official(), weights: store.root)
    #expect(vae.device == .meta)
    let shapes = Dictionary(
      uniqueKeysWithValues: store.parameters.map { ($0.key, $0.shape) })
    #expect(shapes.count == 194)
    #expect(shapes.values.map { $0.reduce(1, *) }.reduce(0, +) == 126_897_716)
    for (key, shape) in [
      ("encoder.conv_in.weight", [96, 4, 3, 3, 3]),
      ("encoder.down_blocks.0.norm1.gamma", [96, 1, 1, 1]),
      ("encoder.down_blocks.3.conv_shortcut.weight", [192, 96, 1, 1, 1]),
      ("encoder.down_blocks.8.resample.1.weight", [384, 384, 3, 3]),
      ("encoder.down_blocks.8.time_conv.weight", [384, 384, 3, 1, 1]),
      ("encoder.down_blocks.10.conv2.bias", [384]),
      ("encoder.mid_block.attentions.0.norm.gamma", [384, 1, 1]),
      ("encoder.mid_block.attentions.0.to_qkv.weight", [1152, 384, 1, 1]),
      ("encoder.conv_out.weight", [32, 384, 3, 3, 3]),
      ("quant_conv.weight", [32, 32, 1, 1, 1]),
      ("post_quant_conv.bias", [16]),
      ("decoder.conv_in.weight", [384, 16, 3, 3, 3]),
      ("decoder.up_blocks.1.resnets.0.conv_shortcut.weight", [384, 192, 1, 1, 1]),
      ("decoder.up_blocks.1.upsamplers.0.time_conv.weight", [768, 384, 3, 1, 1]),
      ("decoder.up_blocks.2.upsamplers.0.resample.1.weight", [96, 192, 3, 3]),
      ("decoder.conv_out.bias", [4]),
    ] {
      #expect(shapes[key] == shape, "\(key)")
    }
  }

  @Test func weightsThatOneFrameNeverMeetsAreKeptAsStored() throws {
    let source = try seededCheckpoint(fixtureConfiguration("four-levels"))
    let store = WeightStore(source, dtype: .bfloat16)
    _ = try QwenImageVAE(fixtureConfiguration("four-levels"), weights: store.root)
    #expect(try store.finish() == [])
    for parameter in store.parameters {
      let stored = try #require(try source.tensor(parameter.key, shape: parameter.shape))
      let saved = try parameter.assembled()
      #expect(saved.shape == stored.shape)
      try expectClose(saved, stored, relative: 1 / 128, absolute: 0)
    }
  }

  @Test func baseCheckpointOfThreeChannelsIsCalledByItsName() throws {
    let configuration = try fixtureConfiguration("four-levels")
    var base = configuration
    base.imageChannelCount = 3
    let store = WeightStore(try seededCheckpoint(base))
    _ = try QwenImageVAE(configuration, weights: store.root)
    let error = #expect(throws: WeightError.self) {
      try store.finish(diagnosing: QwenImageVAE.diagnosis)
    }
    #expect(
      error?.description.contains(
        "this is the base Qwen-Image VAE (3 channels), not the layered one (4 channels); "
          + "0 missing, 3 misshaped, 0 extra: misshaped 'encoder.conv_in.weight'") == true)
  }

  @Test func alphaAddedToABaseCheckpointIsIgnoredAndComesOutOpaque() throws {
    let configuration = try fixtureConfiguration("four-levels")
    var base = configuration
    base.imageChannelCount = 3
    let checkpoint = try seededCheckpoint(base)
    let opaque = try QwenImageVAE(base, weights: WeightStore(checkpoint).root)
    let store = WeightStore(AlphaExtendedWeights(checkpoint))
    let layered = try QwenImageVAE(configuration, weights: store.root)
    #expect(try store.finish() == [])

    let image = try seededInput("image", [1, 4, 24, 16]).clamped(to: -1...1)
    let colours = try image.slice(0..<3, along: 1)
    let latents = try opaque.encode(colours).mean
    try expectClose(layered.encode(image).mean, latents, relative: 0, absolute: 1e-6)
    let picture = try layered.decode(latents)
    try expectClose(
      picture.slice(0..<3, along: 1), opaque.decode(latents), relative: 0, absolute: 1e-6)
    #expect(
      try picture.select(3, along: 1).values(as: Float.self).allSatisfy { $0 == 1 })
  }

  @Test func checkpointThatHasAlphaAlreadyPassesUnchanged() throws {
    let configuration = try fixtureConfiguration("four-levels")
    let checkpoint = try seededCheckpoint(configuration)
    let store = WeightStore(AlphaExtendedWeights(checkpoint))
    _ = try QwenImageVAE(configuration, weights: store.root)
    #expect(try store.finish() == [])
    let key = "decoder.conv_out.bias"
    let parameter = try #require(store.parameters.first { $0.key == key })
    try expectClose(
      parameter.assembled(), #require(try checkpoint.tensor(key, shape: [4])), relative: 0,
      absolute: 1e-9)
  }

  /// Every tensor of a model of that configuration, as a checkpoint holds them.
  private func seededCheckpoint(
    _ configuration: QwenImageVAE.Configuration
  ) throws -> TensorDictionary {
    let layout = WeightStore(ShapesOnly())
    _ = try QwenImageVAE(configuration, weights: layout.root)
    var tensors: [String: Tensor] = [:]
    for parameter in layout.parameters {
      tensors[parameter.key] = try SeededWeights().tensor(parameter.key, shape: parameter.shape)
    }
    return TensorDictionary(tensors, name: "vae")
  }
}
