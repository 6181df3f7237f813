import Foundation
import Safetensors
import Testing

/// Files that the official Python package wrote.
struct OfficialFilesTests {
  private func fixture(_ name: String) throws -> String {
    let fixtures = try #require(Bundle.module.url(forResource: "Fixtures", withExtension: nil))
    return fixtures.appendingPathComponent(name).path
  }

  @Test func everyDTypeIsReadAtItsBytes() throws {
    let file = try SafetensorsFile(path: fixture("every-dtype.safetensors"))
    #expect(file.entries.count == 19)
    #expect(file.metadata == ["format": "pt", "text": "a\"b\\ü"])
    let floats = try file.bytes(of: "float32")
    let values = floats.withUnsafeBytes { bytes in
      (0..<6).map { bytes.loadUnaligned(fromByteOffset: 4 * $0, as: Float.self) }
    }
    #expect(values == [0, 1, 2, 3, 4, 5])
    #expect(try file.bytes(of: "bool").copied() == [0, 1, 1, 1, 1, 1])
    #expect(try file.bytes(of: "bfloat16").copied().prefix(6) == [0, 0, 0x80, 0x3F, 0, 0x40])
    #expect(file.entry(named: "bfloat16")?.shape == [2, 3])
    #expect(file.entry(named: "bfloat16")?.dtype == .bfloat16)
    #expect(try file.bytes(of: "int64").copied().suffix(8) == [5, 0, 0, 0, 0, 0, 0, 0])
    try file.verifyUnchanged()
  }

  @Test func scalarAndEmptyTensorAreRead() throws {
    let file = try SafetensorsFile(path: fixture("every-dtype.safetensors"))
    #expect(file.entry(named: "scalar")?.shape == [])
    #expect(try file.bytes(of: "scalar").copied() == [0, 0, 0x20, 0x40])
    #expect(file.entry(named: "none")?.shape == [3, 0, 2])
    #expect(try file.bytes(of: "none").copied().isEmpty)
  }

  @Test func anyTextServesAsAName() throws {
    let file = try SafetensorsFile(path: fixture("every-dtype.safetensors"))
    #expect(try file.bytes(of: "naïve/…/名\n").copied().count == 8)
  }

  @Test func fileWithoutTensorsIsLegal() throws {
    #expect(try SafetensorsFile(path: fixture("no-tensors.safetensors")).entries.isEmpty)
  }

  @Test func float8IsListedAndNotGivenOut() throws {
    let path = try fixture("every-dtype.safetensors")
    let file = try SafetensorsFile(path: path)
    #expect(file.entry(named: "float8E4M3")?.dtype == .float8E4M3)
    #expect(
      throws: SafetensorsError(.unsupportedDType(.float8E4M3, tensor: "float8E4M3"), in: path)
    ) {
      try file.bytes(of: "float8E4M3")
    }
  }

  @Test func shardsAreReadAsOne() throws {
    let weights = try ShardedSafetensors(path: fixture("sharded"))
    #expect(weights.files.count == 2)
    #expect(
      Set(weights.entries.map(\.name)) == ["first.weight", "first.bias", "second.weight"])
    #expect(try weights.bytes(of: "first.bias").copied().prefix(4) == [0, 0, 0x80, 0x3E])
    #expect(try weights.bytes(of: "second.weight").copied().prefix(2) == [0x80, 0xBF])
    #expect(weights.metadata == ["format": "pt"])
  }
}
