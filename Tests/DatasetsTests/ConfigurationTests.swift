import Datasets
import FileTesting
import Shards
import Testing

struct ConfigurationTests {
  private func configuration(_ text: String) throws -> BuildConfiguration {
    let folder = try ScratchFolder()
    return try BuildConfiguration(path: folder.write(text.utf8, to: "c.json"))
  }

  @Test func whatIsLeftOutHasItsDefault() throws {
    var expected = BuildConfiguration()
    expected.maximumLayerCount = 8
    expected.face.blockSide = 24
    expected.size = 640
    #expect(
      try configuration(
        #"{"maximumLayerCount": 8, "face": {"blockSide": 24}, "size": 640}"#) == expected)
    #expect(try configuration("{}") == BuildConfiguration())
  }

  @Test(arguments: [
    (#"{"maximumLayers": 8}"#, "'maximumLayers' is unknown"),
    (#"{"face": {"side": 3}}"#, "'face.side' is unknown"),
    (#"{"face": 3}"#, "'face' is not an object"), (#"{"size": "big"}"#, "'size' has another type"),
    (#"{"size": 12}"#, "'size': 12 is not in 64...2048"), ("{", "ends too early"),
    (#"{"limits": {"seconds": 0}}"#, "'limits.seconds': 0 is not in"),
    (#"{"size": 640, "size": 64}"#, "stands twice"),
    (#"{"reference": "both"}"#, "'reference'"),
  ])
  func whatCannotBeIsNamed(text: String, message: String) {
    let error = #expect(throws: (any Error).self) { try configuration(text) }
    #expect("\(error.map { "\($0)" } ?? "")".contains(message))
  }

  @Test func everyThresholdVersionAndCaptionerChangesTheFingerprint() throws {
    var prints: Set<String> = []
    var other = BuildConfiguration()
    prints.insert(try other.fingerprint(toolVersion: "1", captioner: "a"))
    prints.insert(try other.fingerprint(toolVersion: "2", captioner: "a"))
    prints.insert(try other.fingerprint(toolVersion: "1", captioner: "b"))
    other.face.minimumRatio = 9
    prints.insert(try other.fingerprint(toolVersion: "1", captioner: "a"))
    #expect(prints.count == 4)
    #expect(
      try BuildConfiguration().fingerprint(toolVersion: "1", captioner: "a")
        == BuildConfiguration().fingerprint(toolVersion: "1", captioner: "a"))
  }
}
