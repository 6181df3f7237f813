import DiffusionTransformer
import FoundationEssentials
import Testing
import Weights

@Suite struct TransformerConfigurationTests {
  private func decoded(_ more: String) throws -> TransformerConfiguration {
    let text =
      #"{"num_layers": 1, "num_attention_heads": 1, "attention_head_dim": 128, "#
      + #""joint_attention_dim": 8, "in_channels": 64, "out_channels": 16\#(more)}"#
    return try JSONDecoder().decode(TransformerConfiguration.self, from: Data(text.utf8))
  }

  @Test func absentKeysMeanThePlainModel() throws {
    let configuration = try decoded("")
    #expect(!configuration.usesLayer3DRotaryEmbedding)
    #expect(!configuration.hasAdditionalTimeCondition)
    #expect(configuration.rotaryWidths == [16, 56, 56])
    try configuration.validate()
  }

  @Test(arguments: [
    (TransformerConfiguration(blockCount: 0), "num_layers"),
    (TransformerConfiguration(blockCount: 1_000_000_000), "num_layers"),
    (TransformerConfiguration(headCount: -1), "num_attention_heads"),
    (TransformerConfiguration(rotaryWidths: [16, 56]), "axes_dims_rope"),
    (TransformerConfiguration(rotaryWidths: [16, 56, 58]), "axes_dims_rope"),
    (TransformerConfiguration(rotaryWidths: [15, 57, 56]), "axes_dims_rope"),
    (TransformerConfiguration(inputWidth: 60), "out_channels"),
    (TransformerConfiguration(patchSize: 0), "patch_size"),
  ]) func sizeThatCannotBeIsRefusedByName(configuration: TransformerConfiguration, key: String) {
    let error = #expect(throws: InvalidSetting.self) { try configuration.validate() }
    #expect(error?.key == key)
  }

  @Test(arguments: ["zero_cond_t", "guidance_embeds"])
  func settingOfASiblingModelIsRefused(key: String) {
    #expect(throws: DecodingError.self) { try decoded(#", "\#(key)": true"#) }
  }
}
