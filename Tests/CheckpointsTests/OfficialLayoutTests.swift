import Checkpoints
import Foundation
import Testing
import TorchTesting

@Suite struct OfficialLayoutTests {
  /// The lines of a fixture, each block of a run on a line of its own.
  private func golden(_ component: String) throws -> Set<String> {
    let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appendingPathComponent("Fixtures/\(component).txt")
    var lines: Set<String> = []
    for line in try String(contentsOf: file, encoding: .utf8).split(separator: "\n") {
      let parts = line.split(whereSeparator: { $0 == "{" || $0 == "}" })
      guard parts.count == 3, let count = Int(parts[1]) else {
        lines.insert(String(line))
        continue
      }
      for index in 0..<count { lines.insert("\(parts[0])\(index)\(parts[2])") }
    }
    return lines
  }

  @Test(
    .tags(.golden),
    arguments: [
      ("text_encoder", 729, 8_292_166_656), ("transformer", 1934, 20_430_407_232),
      ("vae", 194, 126_897_716),
    ])
  func fullPresetHasKeysAndShapesOfTheReference(
    name: String, tensorCount: Int, parameterCount: Int
  ) throws {
    let layouts = try RandomCheckpoint(.full).layouts
    let layout = try #require(layouts.first { $0.name == name })
    #expect(layout.entries.count == tensorCount)
    #expect(layout.parameterCount == parameterCount)
    let ours = Set(layout.entries.map { "\($0.key) \($0.shape)" })
    #expect(ours == (try golden(name)))
  }

  @Test(arguments: CheckpointPreset.allCases)
  func presetsDifferInSizesAndCountsOfBlocksOnly(preset: CheckpointPreset) throws {
    func kinds(_ preset: CheckpointPreset) throws -> [String: Set<String>] {
      try RandomCheckpoint(preset).layouts.reduce(into: [:]) { kinds, layout in
        kinds[layout.name] = Set(
          layout.entries.map { entry in
            entry.key.split(separator: ".").map { Int($0) == nil ? $0 : "#" }
              .joined(separator: ".")
          })
      }
    }
    let (found, full) = (try kinds(preset), try kinds(.full))
    #expect(found["text_encoder"] == full["text_encoder"])
    #expect(found["transformer"] == full["transformer"])
    // Where widths halve exactly on the way up, the decoder needs no shortcuts.
    let missing = try #require(full["vae"]).subtracting(try #require(found["vae"]))
    #expect(missing.allSatisfy { $0.hasPrefix("decoder.") && $0.contains(".conv_shortcut.") })
    #expect(try #require(found["vae"]).isSubset(of: try #require(full["vae"])))
  }

  @Test func miniPresetFitsIntoTheRepository() throws {
    let checkpoint = try RandomCheckpoint(.mini)
    #expect(checkpoint.byteCount < 64_000_000)
    #expect(checkpoint.parameterCount > 10_000_000)
  }

  @Test func smallPresetFitsALaptop() throws {
    #expect((50_000_000...100_000_000).contains(try RandomCheckpoint(.small).parameterCount))
  }
}
