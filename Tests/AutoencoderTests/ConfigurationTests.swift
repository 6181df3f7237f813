import Autoencoder
import FoundationEssentials
import Testing
import Weights

@Suite struct ConfigurationTests {
  /// The official `vae/config.json` with one key changed; nil leaves the key out.
  private func load(_ key: String = "", _ value: String? = nil) throws
    -> QwenImageVAE.Configuration
  {
    var values = [
      "_class_name": "\"AutoencoderKLQwenImage\"", "base_dim": "96", "z_dim": "16",
      "dim_mult": "[1, 2, 4, 4]", "num_res_blocks": "2", "attn_scales": "[]", "dropout": "0.0",
      "temperal_downsample": "[false, true, true]", "input_channels": "4",
    ]
    values[key] = value
    if key.isEmpty { values[key] = nil }
    let text = "{" + values.map { "\"\($0)\": \($1)" }.joined(separator: ",") + "}"
    let path = FileManager.default.temporaryDirectory.appending(path: "layered-\(UUID()).json")
    try Data(text.utf8).write(to: path)
    defer { try? FileManager.default.removeItem(at: path) }
    return try QwenImageVAE.Configuration(path: path.path())
  }

  @Test func officialFileGivesTheOfficialSizesAndStatistics() throws {
    let configuration = try load()
    #expect(configuration.baseWidth == 96)
    #expect(configuration.imageChannelCount == 4)
    #expect(configuration.compression == 8)
    let statistics = LatentStatistics(configuration)
    #expect(statistics.means.count == 16 && statistics.deviations.count == 16)
    #expect(statistics.means[7] == 1.5508 && statistics.deviations[15] == 1.916)
  }

  @Test func statisticsOfTheFileComeFirst() throws {
    let numbers = "[" + Array(repeating: "0.5", count: 16).joined(separator: ",") + "]"
    #expect(try load("latents_std", numbers).latentDeviations[3] == 0.5)
  }

  @Test func fileWithoutInputChannelsMeansThree() throws {
    #expect(try load("input_channels", nil).imageChannelCount == 3)
  }

  @Test(
    arguments: [
      ("base_dim", nil, "is missing"), ("base_dim", "0", "0 is not in 1...2048"),
      ("base_dim", "-96", "-96 is not in 1...2048"),
      ("base_dim", "1000000000", "1000000000 is not in 1...2048"),
      ("base_dim", "\"96\"", "is not a whole number"), ("z_dim", "0", "0 is not in 1...1024"),
      ("num_res_blocks", "0", "0 is not in 1...64"),
      ("input_channels", "65", "65 is not in 1...64"),
      ("dim_mult", "[]", "has 0 numbers, not 1 to 8"),
      ("dim_mult", "[1, 2, 0, 4]", "0 is not in 1...64"),
      ("temperal_downsample", "[true]", "has 1 values, not one fewer than 'dim_mult'"),
      ("attn_scales", "[0.5]", "attention by scale is not supported"),
      ("latents_mean", "[0.1]", "is not 16 finite numbers, one for each channel of 'z_dim'"),
      ("latents_std", "[1]", "is not 16 positive numbers, one for each channel of 'z_dim'"),
    ] as [(String, String?, String)])
  func sizeThatCannotBeIsNamedBeforeAnythingIsAllocated(
    key: String, value: String?, reason: String
  ) {
    let error = #expect(throws: ConfigurationError.self) { try load(key, value) }
    #expect(error?.key == key)
    #expect(error?.reason == reason)
  }

  @Test func deviationOfZeroIsRefused() {
    let numbers = "[" + Array(repeating: "0", count: 16).joined(separator: ",") + "]"
    let error = #expect(throws: ConfigurationError.self) { try load("latents_std", numbers) }
    #expect(error?.key == "latents_std")
  }
}
