import Safetensors
import Testing

/// How the tensors share the bytes after the header.
struct DataLayoutTests {
  /// The refusal of a file of U8 tensors named a, b, c … with these ranges.
  private func refusal(
    _ ranges: [(begin: Int, end: Int)], data: Int
  ) throws -> SafetensorsError.Reason? {
    let tensors = zip("abcdefgh", ranges).map { name, range in
      #""\#(name)":{"dtype":"U8","shape":[\#(range.end - range.begin)],"#
        + #""data_offsets":[\#(range.begin),\#(range.end)]}"#
    }
    return try ExampleFile(
      "{\(tensors.joined(separator: ","))}", data: [UInt8](repeating: 0, count: data)
    ).refusal()
  }

  @Test func tensorsMayStandInAnyOrderInTheHeader() throws {
    #expect(try refusal([(4, 6), (0, 1), (1, 4)], data: 6) == nil)
  }

  @Test func tensorWithoutBytesMayStandBetweenOthers() throws {
    #expect(try refusal([(0, 2), (2, 2), (2, 2), (2, 4), (4, 4), (0, 0)], data: 4) == nil)
    #expect(
      try refusal([(0, 2), (1, 1)], data: 2) == .overlap(tensor: "b", begin: 1, expected: 2))
  }

  @Test func overlapIsRefused() throws {
    #expect(
      try refusal([(0, 3), (2, 5)], data: 5) == .overlap(tensor: "b", begin: 2, expected: 3))
    #expect(
      try refusal([(0, 3), (0, 3)], data: 3) == .overlap(tensor: "b", begin: 0, expected: 3))
  }

  @Test func holeIsRefused() throws {
    #expect(try refusal([(0, 3), (4, 5)], data: 5) == .hole(tensor: "b", begin: 4, expected: 3))
    #expect(try refusal([(1, 3)], data: 3) == .hole(tensor: "a", begin: 1, expected: 0))
  }

  @Test func fileCutByOneByteIsNamedTruncated() throws {
    let whole = ExampleFile(
      #"{"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]}}"#, data: [0, 0, 0])
    #expect(try whole.refusal() == .truncated(missing: 1, byteCount: 64))
    #expect(try refusal([(0, 3), (3, .max >> 1)], data: 5) != nil)
  }

  @Test func trailingBytesAreRefused() throws {
    #expect(try refusal([(0, 3)], data: 5) == .trailingBytes(2))
    #expect(try ExampleFile("{}", data: [0]).refusal() == .trailingBytes(1))
  }

  @Test func everyCutOfAValidFileIsRefused() throws {
    let whole = ExampleFile(
      #"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}"#,
      data: [UInt8](repeating: 7, count: 8)
    ).bytes
    for count in whole.indices {
      #expect(try ExampleFile.refusal(of: Array(whole.prefix(count))) != nil)
    }
    #expect(try ExampleFile.refusal(of: whole) == nil)
  }
}
