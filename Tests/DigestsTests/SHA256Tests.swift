import Digests
import Testing

struct SHA256Tests {
  /// Source: FIPS 180-4 examples, and Python's hashlib for the rest.
  @Test(arguments: [
    ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
    ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
    (
      "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
      "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
    ),
  ])
  func knownTextsHaveTheirDigest(text: String, digest: String) {
    #expect(SHA256.hexadecimal(of: Array(text.utf8)) == digest)
  }

  @Test func aMillionLettersHaveTheirDigest() {
    #expect(
      SHA256.hexadecimal(of: [UInt8](repeating: 0x61, count: 1_000_000))
        == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0")
  }

  @Test func piecesOfAnyLengthGiveTheDigestOfTheWhole() {
    let bytes = (0..<1000).map { UInt8(truncatingIfNeeded: $0 * 7) }
    let whole = SHA256.hexadecimal(of: bytes)
    for length in [1, 3, 55, 56, 63, 64, 65, 127, 500] {
      var hash = SHA256()
      for start in stride(from: 0, to: bytes.count, by: length) {
        hash.update(Array(bytes[start..<min(start + length, bytes.count)]))
      }
      #expect(hash.hexadecimal == whole, "in pieces of \(length)")
    }
  }

  @Test func theProcessorsInstructionsGiveTheSameDigest() {
    let bytes = (0..<5000).map { UInt8(truncatingIfNeeded: $0 * $0 / 7) }
    for count in [0, 1, 55, 64, 65, 128, 1000, 4999] {
      var fast = SHA256()
      var portable = SHA256(isPortable: true)
      fast.update(Array(bytes[..<count]))
      portable.update(Array(bytes[..<count]))
      #expect(fast.digest == portable.digest, "\(count) bytes")
    }
  }
}
