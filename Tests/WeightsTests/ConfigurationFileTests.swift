import FoundationEssentials
import Testing
import Weights

@Suite struct ConfigurationFileTests {
  struct Configuration: CheckpointConfiguration, Equatable {
    let layers: Int
    func validate() throws(InvalidSetting) {
      try InvalidSetting.check("layers", layers, in: 1...100)
    }
  }

  private func load(_ text: String?) throws -> Configuration {
    let folder = FileManager.default.temporaryDirectory.appending(path: "layered-\(UUID())")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let path = folder.appending(path: "config.json")
    if let text { try Data(text.utf8).write(to: path) }
    return try Configuration(path: path.path())
  }

  @Test func unknownKeysAreSkipped() throws {
    #expect(try load(#"{"layers": 3, "auto_map": {"AutoModel": "evil.py"}}"#).layers == 3)
  }

  @Test(arguments: [
    (nil, "", "cannot be opened: No such file or directory"),
    ("", "", "is empty"),
    ("{", "", "is not JSON"),
    ("[]", "", "is not an object"),
    ("{}", "layers", "is missing"),
    (#"{"layers": null}"#, "layers", "is null"),
    (#"{"layers": "3"}"#, "layers", "is not a whole number"),
    (#"{"layers": 1.5}"#, "", "holds a number that is too large or not whole"),
    (#"{"layers": 1e40}"#, "", "holds a number that is too large or not whole"),
    (#"{"layers": 0}"#, "layers", "0 is not in 1...100"),
    (#"{"layers": -4}"#, "layers", "-4 is not in 1...100"),
    (#"{"layers": 1000000000}"#, "layers", "1000000000 is not in 1...100"),
  ]) func badFileNamesItsKeyAndReason(text: String?, key: String, reason: String) throws {
    let error = #expect(throws: ConfigurationError.self) { try load(text) }
    #expect(error?.key == key)
    #expect(error?.reason.hasPrefix(reason) == true, "\(error?.description ?? "")")
  }

  @Test func deeplyNestedJSONIsRefused() {
    let depth = 100_000
    let text =
      #"{"x": "# + String(repeating: "[", count: depth) + String(repeating: "]", count: depth) + "}"
    #expect(throws: ConfigurationError.self) { try load(text) }
  }

  @Test func folderInPlaceOfAFileIsRefused() {
    let error = ConfigurationError(
      path: "/", reason: "is not a regular file", isUnopenable: true)
    #expect(throws: error) { try Configuration(path: "/") }
  }
}
