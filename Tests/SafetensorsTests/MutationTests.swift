import FileTesting
import Foundation
import Glibc
import Safetensors
import Testing

/// Small valid files with a few bytes changed, put in or taken out.
struct MutationTests {
  /// Makes every run the same.
  ///
  /// Source: SplitMix64, Steele et al. 2014.
  private struct SplitMix64: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
      state &+= 0x9E37_79B9_7F4A_7C15
      var z = state
      z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
      z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
      return z ^ (z >> 31)
    }
  }

  private static let seed = ExampleFile(
    #"{"__metadata__":{"format":"pt"},"a":{"dtype":"F32","shape":[2,2],"data_offsets":[0,16]},"#
      + #""b":{"dtype":"BF16","shape":[3],"data_offsets":[16,22]},"#
      + #""c":{"dtype":"U8","shape":[],"data_offsets":[22,23]}}"#,
    data: [UInt8](repeating: 1, count: 23)
  ).bytes

  /// Pieces that reach further into the reader than single bytes do.
  private static let pieces = [
    "{", "}", "[", "]", "\"", "\\", ",", ":", "0", "9", "-", "1e9", "null", "\\u0000", "\\ud800",
    "18446744073709551615", "9223372036854775807", "[[[[", "\"a\"", "F4", "F64", "\u{E9}", "\0",
    "4294967296",
  ].map { Array($0.utf8) }

  private static func mutated(_ random: inout SplitMix64) -> [UInt8] {
    var bytes = seed
    for _ in 0...Int.random(in: 0...3, using: &random) {
      guard let place = bytes.indices.randomElement(using: &random) else { break }
      switch Int.random(in: 0..<6, using: &random) {
      case 0: bytes[place] = .random(in: .min ... .max, using: &random)
      case 1: bytes[place] ^= UInt8(1) << UInt8.random(in: 0..<8, using: &random)
      case 2: bytes.remove(at: place)
      case 3: bytes.removeSubrange(place...)
      case 4: bytes.insert(contentsOf: pieces.randomElement(using: &random) ?? [], at: place)
      default:
        let other = Int.random(in: place..<bytes.count, using: &random)
        bytes.insert(contentsOf: bytes[place...other], at: place)
      }
    }
    return bytes
  }

  /// Set `MUTATIONS` to try more than the usual number.
  @Test func mutatedFileIsRefusedOrReadInItsBounds() throws {
    let count = ProcessInfo.processInfo.environment["MUTATIONS"].flatMap { Int($0) } ?? 25_000
    let folder = try ScratchFolder()
    let path = try folder.write([], to: "mutated.safetensors")
    let descriptor = open(path, O_WRONLY)
    defer { close(descriptor) }
    var random = SplitMix64(state: 1)
    var acceptedCount = 0
    for _ in 0..<count {
      let bytes = Self.mutated(&random)
      pwrite(descriptor, bytes, bytes.count, 0)
      ftruncate(descriptor, bytes.count)
      guard let file = try? SafetensorsFile(path: path) else { continue }
      acceptedCount += 1
      let lengths = try file.entries.filter(\.dtype.isSupported).map { entry in
        try file.bytes(of: entry.name).copied().count
      }
      guard lengths.reduce(0, +) <= bytes.count else {
        Issue.record("more bytes than the file has: \(bytes)")
        return
      }
    }
    // Changes inside the data are not for the header to see.
    #expect((1..<count / 2).contains(acceptedCount))
  }

  @Test func mutatedIndexIsRefusedOrRead() throws {
    let folder = try ScratchFolder()
    try folder.write(Self.seed, to: "1.safetensors")
    let index = #"{"metadata":{"x":1},"weight_map":{"a":"1.safetensors","b":"1.safetensors"}}"#
    var random = SplitMix64(state: 2)
    for _ in 0..<2000 {
      var bytes = Array(index.utf8)
      let place = Int.random(in: bytes.indices, using: &random)
      bytes.replaceSubrange(
        place..<Int.random(in: place...bytes.count, using: &random),
        with: Self.pieces.randomElement(using: &random) ?? [])
      try folder.write(bytes, to: "model.safetensors.index.json")
      do throws(SafetensorsError) {
        let weights = try ShardedSafetensors(path: folder.path)
        guard weights.files.count > 1 else { continue }
        Issue.record("more files than there are: \(bytes)")
      } catch {
        guard error.description.contains("\n") else { continue }
        Issue.record("more than one line: \(error)")
      }
    }
  }
}
