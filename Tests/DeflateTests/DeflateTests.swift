import Deflate
import Testing

private let sample: [UInt8] = (0..<100_000).map { UInt8(truncatingIfNeeded: $0 * $0 / 77) }

@Suite struct DeflateTests {
  @Test(arguments: [DeflateContainer.raw, .zlib], [0, 1, 100_000])
  func bytesComeBackAsTheyWere(container: DeflateContainer, count: Int) throws {
    let bytes = Array(sample.prefix(count))
    let packed = try deflated(bytes, to: container)
    #expect(try inflated(packed[...], from: container, byteCount: count) == bytes)
    // Whatever follows the stream is left alone.
    #expect(try inflated((packed + [1, 2, 3])[...], from: container, byteCount: count) == bytes)
  }

  @Test func aStreamCutOffAnywhereIsRefused() throws {
    let bytes = Array(sample.prefix(300))
    let packed = try deflated(bytes, to: .zlib)
    for count in 0..<packed.count {
      #expect(throws: DeflateError.self) {
        try inflated(packed.prefix(count), from: .zlib, byteCount: bytes.count)
      }
    }
  }

  @Test func aSizeOtherThanAnnouncedIsRefused() throws {
    let packed = try deflated(sample, to: .raw)[...]
    #expect(throws: DeflateError.byteCount(found: 100, expected: 99)) {
      try inflated(packed, from: .raw, byteCount: 99)
    }
    #expect(throws: DeflateError.byteCount(found: 100_000, expected: 100_001)) {
      try inflated(packed, from: .raw, byteCount: 100_001)
    }
    #expect(throws: DeflateError.self) { try inflated(packed, from: .raw, byteCount: -1) }
    #expect(throws: DeflateError.self) { try inflated(packed, from: .raw, byteCount: .max) }
  }

  @Test func aWrongChecksumIsRefused() throws {
    var packed = try deflated(sample, to: .zlib)
    packed[packed.count - 1] ^= 1
    #expect(throws: DeflateError.damaged(detail: "incorrect data check")) {
      try inflated(packed[...], from: .zlib, byteCount: sample.count)
    }
  }

  @Test func theChecksumIsThatOfTheStandard() {
    #expect(crc32Checksum(Array("123456789".utf8)[...]) == 0xCBF4_3926)
    #expect(crc32Checksum([]) == 0)
  }
}
