import ByteIO
import Testing

@Suite struct ByteReaderTests {
  @Test func integersAreBigEndian() throws {
    var reader = ByteReader([1, 2, 3, 0xFF, 0xFE, 0x80])
    #expect(try reader.read("a", as: UInt8.self) == 1)
    #expect(try reader.read("b", as: UInt16.self) == 0x0203)
    #expect(try reader.read("c", as: Int16.self) == -2)
    #expect(try reader.read("d", as: Int8.self) == -128)
    #expect(reader.isAtEnd)
  }

  @Test(arguments: 0..<8) func aCutIntegerIsNamedWithItsOffset(byteCount: Int) {
    var reader = ByteReader([UInt8](repeating: 7, count: byteCount))
    #expect(throws: MalformedData(.truncated, in: "length", at: 0)) {
      try reader.read("length", as: UInt64.self)
    }
    #expect(reader.offset == 0)
  }

  @Test func aValueThatIsNotAllowedIsNamedWithItsOffset() {
    var reader = ByteReader([0, 0, 0, 3])
    _ = try? reader.readBytes("filler", count: 2)
    let expected = MalformedData(.unexpected(found: "3", expected: "1 or 2"), in: "version", at: 2)
    #expect(throws: expected) { try reader.read("version", oneOf: 1 as UInt16, 2) }
    #expect(expected.description == "version at byte 2 is 3; expected 1 or 2")
  }

  @Test func aValueOutsideItsRangeIsNamedWithItsOffset() {
    var reader = ByteReader([57])
    let expected = MalformedData(
      .unexpected(found: "57", expected: "1...56"), in: "channel count", at: 0)
    #expect(throws: expected) { try reader.read("channel count", in: 1...56 as ClosedRange<UInt8>) }
  }

  @Test func aSectionCannotBeLeftAndKeepsTheOffsetsOfTheFile() throws {
    var reader = ByteReader([9, 0, 2, 5, 6, 7])
    _ = try reader.read("first", as: UInt8.self)
    var section = try reader.readSection("names", lengthAs: UInt16.self)
    #expect(section.offset == 3)
    #expect(try section.read("name", as: UInt16.self) == 0x0506)
    #expect(throws: MalformedData(.truncated, in: "next", at: 5)) {
      try section.read("next", as: UInt8.self)
    }
    #expect(try reader.read("last", as: UInt8.self) == 7)
  }

  @Test(arguments: [[0xFF, 0xFF, 0xFF, 0xFF, 1], [0, 0, 0, 2, 1]] as [[UInt8]])
  func aLengthBeyondTheEndIsRefusedAtTheLength(bytes: [UInt8]) {
    var reader = ByteReader(bytes)
    let error = #expect(throws: MalformedData.self) {
      try reader.readSection("layers", lengthAs: UInt32.self)
    }
    #expect(error?.field == "length of layers")
    #expect(error?.offset == 0)
  }

  @Test func aLengthThatFitsNoIntegerIsRefused() {
    var reader = ByteReader([UInt8](repeating: 0xFF, count: 16))
    #expect(throws: MalformedData(.overLimit(found: .max, limit: 8), in: "length of layers", at: 0))
    {
      try reader.readSection("layers", lengthAs: UInt64.self)
    }
  }

  @Test(arguments: [-1, 4, Int.max, Int.min]) func aCountBeyondTheEndIsTruncated(count: Int) {
    var reader = ByteReader([1, 2, 3])
    #expect(throws: MalformedData(.truncated, in: "bytes", at: 0)) {
      try reader.readBytes("bytes", count: count)
    }
  }

  @Test func peekingNeitherMovesNorReachesBeyondTheEnd() {
    let reader = ByteReader([1, 2, 3])
    #expect(reader.peek(as: UInt16.self, after: 1) == 0x0203)
    #expect(reader.peek(as: UInt16.self, after: 2) == nil)
    #expect(reader.peek(as: UInt8.self, after: Int.max) == nil)
    #expect(reader.peek(as: UInt8.self, after: -1) == nil)
    #expect(reader.offset == 0)
  }

  @Test func thePartsAroundAFieldComeBeforeIt() {
    let error = MalformedData(.truncated, in: "blend key", at: 40).within("layer 3")
    #expect(error.description == "layer 3, blend key at byte 40 is cut off")
  }
}
