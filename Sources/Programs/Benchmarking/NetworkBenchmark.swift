import Autoencoder
import Diffusion
import DiffusionTransformer
import FoundationEssentials
import TextEncoder
import Torch
import Weights

/// Times the work of networks with random weights, on random inputs that other programs can make too.
struct NetworkBenchmark {
  let work: BenchmarkedWork
  let precision: BenchmarkPrecision

  /// Builds the network and its inputs.
  ///
  /// - Returns: What is to be timed, and gives the result.
  func prepare() throws -> () throws -> Tensor {
    switch work.kind {
    case .transformerBlock: try prepareTransformerBlock()
    case .autoencoderEncode:
      try prepareAutoencoder { vae, side in
        let image = try input("image", [1, vae.configuration.imageChannelCount, side, side])
        return { try vae.encode(image).mean }
      }
    case .autoencoderDecode:
      try prepareAutoencoder { vae, side in
        let side = side / vae.configuration.compression
        let latents = try input("latents", [1, vae.configuration.latentChannelCount, side, side])
        return { try vae.decode(latents) }
      }
    case .textPrefill: try prepareTextPrefill()
    case .startUp: preconditionFailure("the start of a program has no network")
    }
  }

  private func prepareTransformerBlock() throws -> () throws -> Tensor {
    struct Sizes: Decodable {
      let headCount: Int
      let headWidth: Int
      let rotaryWidths: [Int]

      enum CodingKeys: String, CodingKey {
        case headCount = "num_attention_heads"
        case headWidth = "attention_head_dim"
        case rotaryWidths = "axes_dims_rope"
      }
    }
    let sizes = try JSONDecoder().decode(Sizes.self, from: Data(work.configuration.utf8))
    let configuration = TransformerConfiguration(
      headCount: sizes.headCount, headWidth: sizes.headWidth, rotaryWidths: sizes.rotaryWidths)
    let block = try TransformerBlock(configuration, weights: weights["transformer_blocks"][0])
    let side = try size("side") / 16
    let layout = TokenLayout.layered(
      frameCount: try size("layers") + 1, grid: TokenGrid(rows: side, columns: side))
    let promptTokenCount = try size("prompt tokens")
    let positions = try LayerRotaryEmbedding(widths: configuration.rotaryWidths, isLayer3D: true)
      .tables(for: layout, textTokenCount: promptTokenCount)
    let width = configuration.modelWidth
    let streams = TokenStreams(
      image: try input("image", [1, layout.tokenCount, width]),
      text: try input("text", [1, promptTokenCount, width]))
    let pass = TransformerPass(
      streams: streams, activatedTime: try input("time", [1, width]).silu(), positions: positions,
      mask: nil, targetTokenCount: layout.targetTokenCount)
    return {
      try block(pass).image
    }
  }

  private func prepareAutoencoder(
    _ body: (QwenImageVAE, Int) throws -> () throws -> Tensor
  ) throws -> () throws -> Tensor {
    let configuration = try JSONDecoder().decode(
      QwenImageVAE.Configuration.self, from: Data(work.configuration.utf8))
    return try body(QwenImageVAE(configuration, weights: weights), size("side"))
  }

  private func prepareTextPrefill() throws -> () throws -> Tensor {
    let configuration = try JSONDecoder().decode(
      LanguageConfiguration.self, from: Data(work.configuration.utf8))
    let model = try LanguageModel(configuration, weights: weights)
    let count = try size("tokens")
    let tokens = (0..<count).map { $0 * 7 % configuration.vocabularySize }
    let positions = TokenPositions(textTokenCount: count)
    return { try model.features(of: model.embed([tokens]), at: positions) }
  }

  private var weights: WeightScope {
    WeightStore(
      SeededWeights(), dtype: precision.dtype, int8: precision == .int8 ? .layersThatBearIt : .none
    ).root
  }

  private func size(_ name: String) throws(MissingSize) -> Int {
    guard let size = work.sizes[name] else { throw MissingSize(name: name) }
    return size
  }

  private func input(_ name: String, _ shape: [Int]) throws -> Tensor {
    try SeededWeights.input(name, shape: shape, dtype: precision.dtype)
  }
}

/// Work that does not say how large it is.
struct MissingSize: Error, CustomStringConvertible {
  let name: String
  var description: String { "the benchmark has no size '\(name)'" }
}
