import Raster
import Shards
import Testing

/// Bytes that say they are a sample, taken apart member by member.
struct HostileSampleTests {
  private let encoded: EncodedSample

  init() throws {
    encoded = try EncodedSample(Samples.sample(1))
  }

  private func refusal(of bytes: [UInt8]) -> ShardError.Reason? {
    do throws(ShardError.Reason) {
      _ = try EncodedSample(key: encoded.key, bytes: bytes).decoded()
      return nil
    } catch {
      return error
    }
  }

  @Test func everyCutIsRefused() {
    for count in stride(from: 0, to: encoded.bytes.count, by: 97) {
      #expect(refusal(of: Array(encoded.bytes.prefix(count))) != nil, "\(count) bytes")
    }
  }

  @Test func aChangedHeaderIsRefused() {
    var bytes = encoded.bytes
    bytes[3] ^= 1
    #expect(refusal(of: bytes) == .badTar("the checksum of a header is wrong", offset: 148))
  }

  @Test func aLengthBeyondTheSampleIsRefused() {
    var bytes = encoded.bytes
    // The digit that grows is taken from another one, so that the checksum holds.
    bytes[124] += 1
    bytes[100 + 6] -= 1
    #expect(
      refusal(of: bytes) == .badTar("the length of a member leaves its sample", offset: 124))
  }

  @Test func mutatedBytesNeverTrap() {
    var state: UInt64 = 7
    func next() -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int(state >> 33)
    }
    var refused = 0
    for _ in 0..<400 {
      var bytes = encoded.bytes
      for _ in 0..<3 { bytes[next() % bytes.count] = UInt8(truncatingIfNeeded: next()) }
      if refusal(of: bytes) != nil { refused += 1 }
    }
    // What strikes padding changes nothing that is read.
    #expect(refused > 40)
  }

  @Test func aSampleUnderAnotherKeyIsRefused() throws {
    let other = EncodedSample(key: "other", bytes: encoded.bytes)
    #expect(throws: ShardError.Reason.missingMember("other.json")) { try other.decoded() }
  }
}
