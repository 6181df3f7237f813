import Foundation
import Testing
import TextEncoder
import Weights

@Suite struct GenerationConfigurationTests {
  private func configuration(_ text: String) throws -> GenerationConfiguration {
    let path = FileManager.default.temporaryDirectory.appending(path: "layered-\(UUID()).json")
    try Data(text.utf8).write(to: path)
    defer { try? FileManager.default.removeItem(at: path) }
    return try GenerationConfiguration(path: path.path())
  }

  @Test(arguments: [
    #""do_sample": true, "temperature": 0.1, "top_k": 1, "top_p": 0.001"#,
    #""do_sample": true, "temperature": 0.000001"#, #""temperature": 0.7"#,
  ]) func releasedSettingsTakeTheLikeliestToken(sampling: String) throws {
    let settings = try configuration(
      """
      {"bos_token_id": 151643, "pad_token_id": 151643, "repetition_penalty": 1.05,
      "eos_token_id": [151645, 151643], "transformers_version": "4.57.0", \(sampling)}
      """)
    #expect(settings == GenerationConfiguration())
    #expect(!settings.drawsAtRandom)
  }

  @Test func settingsThatDrawAtRandomAreTold() throws {
    let settings = try configuration(#"{"do_sample": true, "temperature": 0.7}"#)
    #expect(settings.drawsAtRandom)
  }

  @Test func absentKeysHaveTheDefaultsOfTransformers() throws {
    let settings = try configuration(#"{"eos_token_id": 7, "repetition_penalty": null}"#)
    #expect(settings.repetitionPenalty == 1)
    #expect(settings.endTokens == [7])
    #expect(try configuration("{}").endTokens == [151_645, 151_643])
  }

  @Test(arguments: [
    (#"{"repetition_penalty": 0}"#, "repetition_penalty"),
    (#"{"repetition_penalty": -1.5}"#, "repetition_penalty"),
    (#"{"num_beams": 4}"#, "num_beams"), (#"{"eos_token_id": "end"}"#, "eos_token_id"),
  ]) func impossibleSettingNamesItsKey(text: String, key: String) throws {
    let error = #expect(throws: ConfigurationError.self) { try configuration(text) }
    #expect(error?.key == key)
  }
}
