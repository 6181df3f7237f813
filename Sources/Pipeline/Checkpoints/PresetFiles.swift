import Tokenizers

/// The small files of a checkpoint of a preset: what its networks, its scheduler and its folder say of themselves.
///
/// Source: the files of the released Qwen-Image-Layered, key by key.
struct PresetFiles {
  private let preset: CheckpointPreset
  private let tokens: SpecialTokens
  /// Rows of the text encoder's embedding.
  private let embeddingRows: Int
  /// The type of the weights, by its name in PyTorch.
  private let dtypeName: String

  init(_ preset: CheckpointPreset, tokens: SpecialTokens, embeddingRows: Int, dtypeName: String) {
    self.preset = preset
    self.tokens = tokens
    self.embeddingRows = embeddingRows
    self.dtypeName = dtypeName
  }

  var modelIndex: String {
    // The small text encoder is as it was drawn: it tells texts apart, but cannot write.
    let preferences =
      preset == .mini
      ? """

        "_layered": {"resolution": 128, "steps": 4, "guidance_scale": 1.0, "captions": false},
      """ : ""
    return """
      {
        "_class_name": "QwenImageLayeredPipeline",
        "_diffusers_version": "0.36.0",\(preferences)
        "processor": ["transformers", "Qwen2VLProcessor"],
        "scheduler": ["diffusers", "FlowMatchEulerDiscreteScheduler"],
        "text_encoder": ["transformers", "Qwen2_5_VLForConditionalGeneration"],
        "tokenizer": ["transformers", "Qwen2Tokenizer"],
        "transformer": ["diffusers", "QwenImageTransformer2DModel"],
        "vae": ["diffusers", "AutoencoderKLQwenImage"]
      }

      """
  }

  let scheduler = """
    {
      "_class_name": "FlowMatchEulerDiscreteScheduler",
      "_diffusers_version": "0.36.0",
      "base_image_seq_len": 256,
      "base_shift": 0.5,
      "invert_sigmas": false,
      "max_image_seq_len": 8192,
      "max_shift": 0.9,
      "num_train_timesteps": 1000,
      "shift": 1.0,
      "shift_terminal": null,
      "stochastic_sampling": false,
      "time_shift_type": "linear",
      "use_beta_sigmas": false,
      "use_dynamic_shifting": true,
      "use_exponential_sigmas": false,
      "use_karras_sigmas": false
    }

    """

  var transformer: String {
    let sizes = preset.transformer
    return """
      {
        "_class_name": "QwenImageTransformer2DModel",
        "_diffusers_version": "0.36.0",
        "attention_head_dim": \(sizes.headWidth),
        "axes_dims_rope": \(sizes.rotaryWidths),
        "guidance_embeds": false,
        "in_channels": 64,
        "joint_attention_dim": \(preset.language.width),
        "num_attention_heads": \(sizes.headCount),
        "num_layers": \(sizes.blockCount),
        "out_channels": 16,
        "patch_size": 2,
        "use_additional_t_cond": true,
        "use_layer3d_rope": true,
        "zero_cond_t": false
      }

      """
  }

  var vae: String {
    """
    {
      "_class_name": "AutoencoderKLQwenImage",
      "_diffusers_version": "0.36.0",
      "attn_scales": [],
      "base_dim": \(preset.autoencoder.width),
      "dim_mult": \(preset.autoencoder.multipliers),
      "dropout": 0.0,
      "input_channels": 4,
      "latents_mean": [
        -0.7571, -0.7089, -0.9113, 0.1075, -0.1745, 0.9653, -0.1517, 1.5508,
        0.4134, -0.0715, 0.5517, -0.3632, -0.1922, -0.9497, 0.2503, -0.2921
      ],
      "latents_std": [
        2.8184, 1.4541, 2.3275, 2.6558, 1.2196, 1.7708, 2.6052, 2.0743,
        3.2687, 2.1526, 2.8652, 1.5579, 1.6382, 1.1253, 2.8251, 1.916
      ],
      "num_res_blocks": \(preset.autoencoder.residualBlockCount),
      "temperal_downsample": [false, true, true],
      "z_dim": 16
    }

    """
  }

  var textEncoder: String {
    let language = preset.language
    let vision = preset.vision
    return """
      {
        "architectures": ["Qwen2_5_VLForConditionalGeneration"],
        "attention_dropout": 0.0,
        "bos_token_id": \(tokens.endOfText),
        "eos_token_id": \(tokens.endOfTurn),
        "hidden_act": "silu",
        "hidden_size": \(language.width),
        "image_token_id": \(tokens.image),
        "initializer_range": 0.02,
        "intermediate_size": \(language.innerWidth),
        "max_position_embeddings": 128000,
        "max_window_layers": \(language.layerCount),
        "model_type": "qwen2_5_vl",
        "num_attention_heads": \(language.headCount),
        "num_hidden_layers": \(language.layerCount),
        "num_key_value_heads": \(language.keyValueHeadCount),
        "rms_norm_eps": 1e-06,
        "rope_scaling": {
          "mrope_section": \(language.rotarySections),
          "rope_type": "default",
          "type": "default"
        },
        "rope_theta": 1000000.0,
        "sliding_window": 32768,
        "tie_word_embeddings": false,
        "torch_dtype": "\(dtypeName)",
        "use_cache": true,
        "use_sliding_window": false,
        "video_token_id": \(tokens.video),
        "vision_config": {
          "depth": \(vision.blockCount),
          "fullatt_block_indexes": \(vision.globalBlocks),
          "hidden_act": "silu",
          "hidden_size": \(vision.width),
          "in_channels": 3,
          "in_chans": 3,
          "intermediate_size": \(vision.innerWidth),
          "model_type": "qwen2_5_vl",
          "num_heads": \(vision.headCount),
          "out_hidden_size": \(language.width),
          "patch_size": 14,
          "spatial_merge_size": 2,
          "spatial_patch_size": 14,
          "temporal_patch_size": 2,
          "tokens_per_second": 2,
          "window_size": 112
        },
        "vision_end_token_id": \(tokens.visionEnd),
        "vision_start_token_id": \(tokens.visionStart),
        "vision_token_id": \(tokens.visionPadding),
        "vocab_size": \(embeddingRows)
      }

      """
  }

  /// How captions are decoded: in effect the likeliest token after the repetition penalty.
  var generation: String {
    """
    {
      "bos_token_id": \(tokens.endOfText),
      "do_sample": true,
      "eos_token_id": [\(tokens.endOfTurn), \(tokens.endOfText)],
      "pad_token_id": \(tokens.endOfText),
      "repetition_penalty": 1.05,
      "temperature": 0.1,
      "top_k": 1,
      "top_p": 0.001
    }

    """
  }
}

/// The ids of the tokens that a text encoder's configuration names.
struct SpecialTokens {
  let endOfText: Int
  let endOfTurn: Int
  let visionStart: Int
  let visionEnd: Int
  let visionPadding: Int
  let image: Int
  let video: Int

  /// - Throws: ``CheckpointError`` for the first of them that is not among the added tokens.
  init(among added: [AddedToken]) throws(CheckpointError) {
    func id(_ text: String) throws(CheckpointError) -> Int {
      guard let token = added.first(where: { $0.text == text }) else {
        throw .missingToken(text)
      }
      return token.id
    }
    endOfText = try id("<|endoftext|>")
    endOfTurn = try id("<|im_end|>")
    visionStart = try id("<|vision_start|>")
    visionEnd = try id("<|vision_end|>")
    visionPadding = try id("<|vision_pad|>")
    image = try id("<|image_pad|>")
    video = try id("<|video_pad|>")
  }
}
