import Foundation
import Testing
import TextEncoder
import Weights

@Suite struct Qwen25VLConfigurationTests {
  /// The released file, in the older form.
  private static let older = """
    {"hidden_size": 3584, "intermediate_size": 18944, "num_hidden_layers": 28,
    "num_attention_heads": 28, "num_key_value_heads": 4, "rms_norm_eps": 1e-06,
    "rope_theta": 1000000.0, "rope_scaling": {"type": "mrope", "mrope_section": [16, 24, 24]},
    "max_position_embeddings": 128000, "use_sliding_window": false, "sliding_window": 32768,
    "max_window_layers": 28, "hidden_act": "silu", "tie_word_embeddings": false,
    "vocab_size": 152064, "image_token_id": 151655, "video_token_id": 151656,
    "vision_start_token_id": 151652, "torch_dtype": "bfloat16", "vision_config": {"depth": 32,
    "hidden_act": "silu", "hidden_size": 1280, "intermediate_size": 3420, "num_heads": 16,
    "in_chans": 3, "out_hidden_size": 3584, "spatial_patch_size": 14, "spatial_merge_size": 2,
    "window_size": 112, "fullatt_block_indexes": [7, 15, 23, 31], "tokens_per_second": 2,
    "temporal_patch_size": 2}}
    """

  @Test func olderAndNewerFormAreTheSame() throws {
    let newer = try Qwen25VLConfiguration(path: fixturePath("released-config.json"))
    let older = try configuration(Self.older)
    #expect(older.imageToken == newer.imageToken)
    #expect(older.vision == newer.vision)
    #expect(older.language.width == 3584)
    #expect(older.language.headWidth == 128)
    #expect(older.language.rotarySections == [16, 24, 24])
    #expect(older.language == newer.language)
  }

  @Test func releasedModelHasTheKeysAndShapesOfTransformers() throws {
    struct Entry: Decodable, Equatable {
      let shape: [Int]
      var count: Int
    }
    struct Keys: Decodable {
      let model: [String: Entry]
      let saved: [String]
    }
    let keys = try JSONDecoder().decode(
      Keys.self, from: Data(contentsOf: URL(filePath: fixturePath("keys.json"))))
    let store = WeightStore(ShapesOnly())
    _ = try Qwen25VL(configuration(Self.older), weights: store.root)

    #expect(store.parameters.count == 729)
    #expect(store.parameters.count { $0.key.hasPrefix("model.visual.") } == 390)
    #expect(store.parameters.count { $0.key.hasPrefix("model.language_model.") } == 338)
    var found: [String: Entry] = [:]
    for parameter in store.parameters {
      found[pattern(parameter.key), default: Entry(shape: parameter.shape, count: 0)].count += 1
    }
    #expect(found == keys.model)

    let map = Qwen25VL.keyMap(for: keys.saved)
    #expect(Set(found.keys.map(map.checkpointKey)) == Set(keys.saved))
    #expect(Set(keys.saved.map(map.networkKey)) == Set(found.keys))
    let identity = Qwen25VL.keyMap(for: Array(found.keys))
    #expect(found.keys.allSatisfy { identity.networkKey($0) == $0 })
  }

  private func pattern(_ key: String) -> String {
    key.replacing(#/(layers|blocks)\.\d+\./#) { "\($0.output.1).#." }
  }

  @Test(arguments: [
    (#""num_attention_heads": 6"#, #""num_attention_heads": 0"#, "num_attention_heads"),
    (#""num_attention_heads": 6"#, #""num_attention_heads": 5"#, "num_attention_heads"),
    (#""num_attention_heads": 6"#, #""num_attention_heads": -6"#, "num_attention_heads"),
    (#""num_key_value_heads": 2"#, #""num_key_value_heads": 4"#, "num_key_value_heads"),
    (#""num_key_value_heads": 2"#, #""num_key_value_heads": 12"#, "num_key_value_heads"),
    (#""num_hidden_layers": 2"#, #""num_hidden_layers": 1000000000"#, "num_hidden_layers"),
    (#""vocab_size": 320"#, #""vocab_size": 0"#, "vocab_size"),
    (#""intermediate_size": 192"#, #""intermediate_size": -1"#, "intermediate_size"),
    (#""rms_norm_eps": 1e-06"#, #""rms_norm_eps": -1"#, "rms_norm_eps"),
    (#""rope_theta": 1000000.0"#, #""rope_theta": 0"#, "rope_theta"),
    (#""rope_type": "default""#, #""rope_type": "yarn""#, "rope_type"),
    (#""use_sliding_window": false"#, #""use_sliding_window": true"#, "use_sliding_window"),
    (#""tie_word_embeddings": false"#, #""tie_word_embeddings": true"#, "tie_word_embeddings"),
    (#""out_hidden_size": 96"#, #""out_hidden_size": 95"#, "vision_config.out_hidden_size"),
    (#""num_heads": 2"#, #""num_heads": 3"#, "vision_config.num_heads"),
    (#""window_size": 112"#, #""window_size": 27"#, "vision_config.window_size"),
    (#""patch_size": 14"#, #""patch_size": 0"#, "vision_config.patch_size"),
    (#""depth": 4"#, #""depth": 4000000000"#, "vision_config.depth"),
    (#""in_channels": 3"#, #""in_channels": 4"#, "vision_config.in_channels"),
    (#""depth": 4,"#, "", "vision_config.depth"),
    (#""hidden_size": 96,"#, "", "text_config.hidden_size"),
    (#""hidden_size": 96"#, #""hidden_size": "96""#, "text_config.hidden_size"),
  ]) func impossibleSettingNamesItsKey(old: String, new: String, key: String) throws {
    let error = #expect(throws: ConfigurationError.self) {
      try configuration(replacing: [old: new])
    }
    #expect(error?.key == key, "\(error?.description ?? "")")
  }

  @Test(arguments: ["[2, 3, 4]", "[8, 0]", "[9, -1, 0]", "[9223372036854775807, 1, 0]", "[]"])
  func sectionsThatDoNotFillAHeadAreRefused(sections: String) throws {
    let older = Self.older.replacing("[16, 24, 24]", with: sections)
    let error = #expect(throws: ConfigurationError.self) { try configuration(older) }
    #expect(error?.key == "mrope_section")
  }
}
