/// How large the benchmarked networks and pictures are.
package enum BenchmarkSizes: String, CaseIterable, Sendable {
  /// Those of the released model and its usual pictures.
  case full
  /// To try the benchmarks themselves.
  case tiny

  /// One block of the transformer between the tokens of a picture with 4 layers and of a prompt.
  private var transformerBlock: BenchmarkedWork {
    let configuration =
      switch self {
      case .full:
        #"{"num_attention_heads": 24, "attention_head_dim": 128, "axes_dims_rope": [16, 56, 56]}"#
      case .tiny:
        #"{"num_attention_heads": 2, "attention_head_dim": 32, "axes_dims_rope": [8, 12, 12]}"#
      }
    return BenchmarkedWork(
      kind: .transformerBlock, configuration: configuration,
      sizes: ["side": self == .full ? 640 : 64, "layers": 4, "prompt tokens": 100])
  }

  func autoencoder(_ kind: BenchmarkedWork.Kind, side: Int) -> BenchmarkedWork {
    BenchmarkedWork(
      kind: kind,
      configuration: """
        {"base_dim": \(self == .full ? 96 : 8), "z_dim": 16, "dim_mult": [1, 2, 4, 4], \
        "num_res_blocks": 2, "temperal_downsample": [false, true, true], "input_channels": 4}
        """,
      sizes: ["side": side])
  }

  /// The language model's, as its `config.json` would have it.
  func languageConfiguration(layerCount: Int) -> String {
    switch self {
    case .full:
      """
      {"vocab_size": 1024, "hidden_size": 3584, "intermediate_size": 18944, "num_hidden_layers": \(layerCount), \
      "num_attention_heads": 28, "num_key_value_heads": 4, "rms_norm_eps": 1e-6, \
      "rope_scaling": {"rope_type": "default", "mrope_section": [16, 24, 24]}}
      """
    case .tiny:
      """
      {"vocab_size": 1024, "hidden_size": 64, "intermediate_size": 192, "num_hidden_layers": \(layerCount), \
      "num_attention_heads": 2, "num_key_value_heads": 1, "rms_norm_eps": 1e-6, \
      "rope_scaling": {"rope_type": "default", "mrope_section": [4, 6, 6]}}
      """
    }
  }

  /// Two layers of the language model over a prompt.
  private var textPrefill: BenchmarkedWork {
    BenchmarkedWork(
      kind: .textPrefill, configuration: languageConfiguration(layerCount: 2),
      sizes: ["tokens": 128])
  }

  /// All work with the precisions in which to time it; the start of the program has none.
  package var works: [(work: BenchmarkedWork, precisions: [BenchmarkPrecision])] {
    let sides = self == .full ? [320, 640] : [32, 64]
    let autoencoders = sides.flatMap { side in
      [BenchmarkedWork.Kind.autoencoderEncode, .autoencoderDecode].map { kind in
        (work: autoencoder(kind, side: side), precisions: [BenchmarkPrecision.float32, .bfloat16])
      }
    }
    return [(transformerBlock, [.bfloat16, .int8])] + autoencoders + [
      (textPrefill, [.bfloat16, .int8])
    ]
      + [(BenchmarkedWork(kind: .startUp, configuration: "", sizes: [:]), [])]
  }
}
