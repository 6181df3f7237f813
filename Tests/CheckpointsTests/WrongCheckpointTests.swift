import Checkpoints
import Foundation
import Testing

/// Checkpoints that are something else than they should be: each is named in one line, and none is run.
@Suite struct WrongCheckpointTests {
  private let transformer = "transformer/diffusion_pytorch_model.safetensors"
  private let vae = "vae/diffusion_pytorch_model.safetensors"
  private let addition = "time_text_embed.addition_t_embedding.weight"

  @Test func baseTransformerIsNamedByItsConfiguration() throws {
    try TinyModel.with { model in
      try model.edit(
        "transformer/config.json", ["use_additional_t_cond": nil, "use_layer3d_rope": nil])
      try model.rewrite(transformer, model.tensors(transformer).filter { $0.key != addition })
      #expect(
        model.complaint()
          == "MODEL/transformer: this is the base Qwen-Image transformer (no addition_t_embedding), not the layered one"
      )
    }
  }

  @Test func baseTransformerUnderTheLayeredConfigurationIsNamedByItsTensors() throws {
    try TinyModel.with { model in
      try model.rewrite(transformer, model.tensors(transformer).filter { $0.key != addition })
      #expect(
        model.complaint()
          == "MODEL/transformer: does not fit the model: this is the base Qwen-Image transformer "
          + "(no addition_t_embedding), not the layered one; 1 missing, 0 misshaped, 0 extra: "
          + "missing '\(addition)' [2, 64]")
    }
  }

  /// The tensors of the autoencoder without alpha.
  private func withoutAlpha(_ model: TinyModel) throws -> [(key: String, shape: [Int])] {
    try model.tensors(vae).map { key, shape in
      switch key {
      case "encoder.conv_in.weight": (key, [shape[0], 3] + shape[2...])
      case "decoder.conv_out.weight": (key, [3] + shape[1...])
      case "decoder.conv_out.bias": (key, [3])
      default: (key, shape)
      }
    }
  }

  @Test func baseAutoencoderIsNamedByItsConfiguration() throws {
    try TinyModel.with { model in
      try model.edit("vae/config.json", ["input_channels": nil])
      try model.rewrite(vae, withoutAlpha(model))
      #expect(
        model.complaint()
          == "MODEL/vae: this is the base Qwen-Image VAE (3 channels), not the layered one (4 channels)"
      )
    }
  }

  @Test func baseAutoencoderUnderTheLayeredConfigurationIsNamedByItsTensors() throws {
    try TinyModel.with { model in
      try model.rewrite(vae, withoutAlpha(model))
      #expect(
        model.complaint().hasPrefix(
          "MODEL/vae: does not fit the model: this is the base Qwen-Image VAE (3 channels), "
            + "not the layered one (4 channels); 0 missing, 3 misshaped, 0 extra: "))
    }
  }

  @Test func modelIndexOfAnotherPipelineIsNamed() throws {
    try TinyModel.with { model in
      try model.edit("model_index.json", ["_class_name": "QwenImageEditPipeline"])
      #expect(
        model.complaint()
          == "MODEL/model_index.json: '_class_name': is QwenImageEditPipeline, not QwenImageLayeredPipeline"
      )
    }
  }

  @Test func tokenizerWithMoreTokensThanTheEmbeddingHasRowsGivesBothNumbers() throws {
    try TinyModel.with { model in
      let tokens = (278..<338).map { "\"<|more\($0)|>\": \($0)" }.joined(separator: ",")
      try model.write("{\(tokens)}", to: "tokenizer/added_tokens.json")
      #expect(
        model.complaint()
          == "MODEL/tokenizer: the tokenizer has 338 tokens and the embedding only 320 rows")
    }
  }

  @Test func everyTensorOfAnotherSizeIsCountedAndTheFirstTenAreNamed() throws {
    try TinyModel.with { model in
      try model.edit(
        "transformer/config.json",
        ["attention_head_dim": 64, "axes_dims_rope": [16, 24, 24]])
      let complaint = model.complaint()
      #expect(
        complaint.hasPrefix(
          "MODEL/transformer: does not fit the model: 0 missing, 76 misshaped, 0 extra: misshaped ")
      )
      #expect(complaint.hasSuffix("; and 66 more"))
    }
  }

  @Test func missingAndExtraTensorsAreNamedTogether() throws {
    try TinyModel.with { model in
      let tensors = try model.tensors(transformer).map { key, shape in
        (key == "proj_out.bias" ? "proj_out.offset" : key, shape)
      }
      try model.rewrite(transformer, tensors)
      #expect(
        model.complaint()
          == "MODEL/transformer: does not fit the model: 1 missing, 0 misshaped, 1 extra: "
          + "missing 'proj_out.bias' [64]; extra 'proj_out.offset'")
    }
  }

  @Test func codeAndAddressesInFilesAreIgnored() throws {
    try TinyModel.with { model in
      let before = try CheckpointFolder(path: model.path).openPipeline()
      let foreign: [String: Any] = [
        "auto_map": ["AutoModel": "http://192.0.2.1/evil.py--modeling.Evil"],
        "trust_remote_code": true, "_name_or_path": "http://192.0.2.1/model",
      ]
      for file in ["model_index.json", "transformer/config.json", "vae/config.json"] {
        try model.edit(file, foreign)
      }
      try model.edit("text_encoder/config.json", foreign)
      try model.write("raise SystemExit('code ran')", to: "transformer/modeling.py")
      let after = try CheckpointFolder(path: model.path).openPipeline()
      #expect(after.transformer.configuration == before.transformer.configuration)
      #expect(after.vae.configuration == before.vae.configuration)
      #expect(after.text.network.configuration == before.text.network.configuration)
    }
  }
}
