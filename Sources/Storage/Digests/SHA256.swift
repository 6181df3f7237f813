import CDigests

/// The SHA-256 of bytes that come in pieces.
///
/// Source: FIPS 180-4, sections 4.1.2, 5 and 6.2.
package struct SHA256: Sendable {
  private var state: [UInt32] = [
    0x6A09_E667, 0xBB67_AE85, 0x3C6E_F372, 0xA54F_F53A,
    0x510E_527F, 0x9B05_688C, 0x1F83_D9AB, 0x5BE0_CD19,
  ]
  /// What has not filled a block yet: fewer than 64 bytes.
  private var pending: [UInt8] = []
  private var byteCount: UInt64 = 0

  /// Whether the processor's instructions for it are left alone.
  private let isPortable: Bool

  /// Of no bytes yet.
  ///
  /// - Parameter isPortable: Whether to do without the processor's instructions for it; the digest is the same.
  package init(isPortable: Bool = false) { self.isPortable = isPortable }

  /// Takes further bytes.
  package mutating func update(_ bytes: UnsafeRawBufferPointer) {
    byteCount &+= UInt64(bytes.count)
    var rest = bytes[...]
    if !pending.isEmpty {
      let part = rest.prefix(Self.blockLength - pending.count)
      pending += part
      rest = rest.dropFirst(part.count)
      guard pending.count == Self.blockLength else { return }
      let block = pending
      pending.removeAll(keepingCapacity: true)
      block.withUnsafeBytes { compress($0) }
    }
    let whole = rest.count / Self.blockLength * Self.blockLength
    compress(UnsafeRawBufferPointer(rebasing: rest.prefix(whole)))
    pending += rest.dropFirst(whole)
  }

  /// Takes further bytes.
  package mutating func update(_ bytes: [UInt8]) {
    bytes.withUnsafeBytes { update($0) }
  }

  /// The 32 bytes of the digest; the value itself stays open for more.
  package var digest: [UInt8] {
    var last = self
    let bitCount = byteCount &* 8
    let zeroCount = (119 - Int(byteCount % 64)) % 64
    last.update([0x80] + [UInt8](repeating: 0, count: zeroCount))
    last.update((0..<8).map { UInt8(truncatingIfNeeded: bitCount >> (56 - 8 * $0)) })
    return last.state.flatMap { word in
      (0..<4).map { UInt8(truncatingIfNeeded: word >> (24 - 8 * $0)) }
    }
  }

  /// The digest as 64 lower-case hexadecimal digits.
  package var hexadecimal: String {
    let digits = Array("0123456789abcdef".utf8)
    return String(
      decoding: digest.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
  }

  /// The digest of whole bytes as 64 lower-case hexadecimal digits.
  package static func hexadecimal(of bytes: [UInt8]) -> String {
    var hash = SHA256()
    hash.update(bytes)
    return hash.hexadecimal
  }

  private static let blockLength = 64

  private mutating func compress(_ blocks: UnsafeRawBufferPointer) {
    state.withUnsafeMutableBufferPointer { state in
      let first = blocks.assumingMemoryBound(to: UInt8.self).baseAddress
      let blockCount = blocks.count / Self.blockLength
      guard isPortable || cd_sha256_blocks(state.baseAddress, first, blockCount) == 0
      else { return }
      roundConstants.withUnsafeBufferPointer { constants in
        withUnsafeTemporaryAllocation(of: UInt32.self, capacity: 64) { words in
          for start in stride(from: 0, to: blocks.count, by: Self.blockLength) {
            expand(blocks, from: start, into: words)
            mix(words, constants, into: state)
          }
        }
      }
    }
  }
}

/// The message schedule of one block.
@inline(__always)
private func expand(
  _ blocks: UnsafeRawBufferPointer, from start: Int, into words: UnsafeMutableBufferPointer<UInt32>
) {
  for place in 0..<16 {
    words[place] = UInt32(
      bigEndian: blocks.loadUnaligned(fromByteOffset: start + 4 * place, as: UInt32.self))
  }
  for place in 16..<64 {
    let (first, second) = (words[place - 15], words[place - 2])
    let small = rotated(first, 7) ^ rotated(first, 18) ^ (first >> 3)
    let large = rotated(second, 17) ^ rotated(second, 19) ^ (second >> 10)
    words[place] = words[place - 16] &+ small &+ words[place - 7] &+ large
  }
}

/// The 64 rounds of one block; the letters are those of the standard.
@inline(__always)
private func mix(
  _ words: UnsafeMutableBufferPointer<UInt32>, _ constants: UnsafeBufferPointer<UInt32>,
  into state: UnsafeMutableBufferPointer<UInt32>
) {
  var (a, b, c, d) = (state[0], state[1], state[2], state[3])
  var (e, f, g, h) = (state[4], state[5], state[6], state[7])
  for place in 0..<64 {
    let choice = (e & f) ^ (~e & g)
    let sum = rotated(e, 6) ^ rotated(e, 11) ^ rotated(e, 25)
    let first = h &+ sum &+ choice &+ constants[place] &+ words[place]
    let majority = (a & b) ^ (a & c) ^ (b & c)
    let second = (rotated(a, 2) ^ rotated(a, 13) ^ rotated(a, 22)) &+ majority
    (h, g, f, e, d, c, b, a) = (g, f, e, d &+ first, c, b, a, first &+ second)
  }
  state[0] &+= a
  state[1] &+= b
  state[2] &+= c
  state[3] &+= d
  state[4] &+= e
  state[5] &+= f
  state[6] &+= g
  state[7] &+= h
}

@inline(__always)
private func rotated(_ word: UInt32, _ count: UInt32) -> UInt32 {
  word >> count | word << (32 - count)
}

/// The first 32 bits of the fractional parts of the cube roots of the first 64 primes.
private let roundConstants: [UInt32] = [
  0x428A_2F98, 0x7137_4491, 0xB5C0_FBCF, 0xE9B5_DBA5, 0x3956_C25B, 0x59F1_11F1, 0x923F_82A4,
  0xAB1C_5ED5, 0xD807_AA98, 0x1283_5B01, 0x2431_85BE, 0x550C_7DC3, 0x72BE_5D74, 0x80DE_B1FE,
  0x9BDC_06A7, 0xC19B_F174, 0xE49B_69C1, 0xEFBE_4786, 0x0FC1_9DC6, 0x240C_A1CC, 0x2DE9_2C6F,
  0x4A74_84AA, 0x5CB0_A9DC, 0x76F9_88DA, 0x983E_5152, 0xA831_C66D, 0xB003_27C8, 0xBF59_7FC7,
  0xC6E0_0BF3, 0xD5A7_9147, 0x06CA_6351, 0x1429_2967, 0x27B7_0A85, 0x2E1B_2138, 0x4D2C_6DFC,
  0x5338_0D13, 0x650A_7354, 0x766A_0ABB, 0x81C2_C92E, 0x9272_2C85, 0xA2BF_E8A1, 0xA81A_664B,
  0xC24B_8B70, 0xC76C_51A3, 0xD192_E819, 0xD699_0624, 0xF40E_3585, 0x106A_A070, 0x19A4_C116,
  0x1E37_6C08, 0x2748_774C, 0x34B0_BCB5, 0x391C_0CB3, 0x4ED8_AA4A, 0x5B9C_CA4F, 0x682E_6FF3,
  0x748F_82EE, 0x78A5_636F, 0x84C8_7814, 0x8CC7_0208, 0x90BE_FFFA, 0xA450_6CEB, 0xBEF9_A3F7,
  0xC671_78F2,
]
