import ByteIO
import Testing

@Suite struct ByteWriterTests {
  @Test func writtenIntegersReadBack() throws {
    var writer = ByteWriter()
    writer.write(-2 as Int16)
    writer.write(0x0102_0304_0506_0708 as UInt64)
    writer.write([9, 10])
    #expect(writer.bytes == [0xFF, 0xFE, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10])
    var reader = ByteReader(writer.bytes)
    #expect(try reader.read("a", as: Int16.self) == -2)
    #expect(try reader.read("b", as: UInt64.self) == 0x0102_0304_0506_0708)
    #expect(reader.readRemainder() == [9, 10])
  }

  @Test func aSectionCountsItsOwnBytes() throws {
    var writer = ByteWriter()
    try writer.writeSection("outer", lengthAs: UInt64.self) { outer throws(SectionTooLong) in
      outer.write(1 as UInt8)
      try outer.writeSection("inner", lengthAs: UInt16.self) { inner throws(SectionTooLong) in
        inner.write([7, 8, 9])
      }
    }
    #expect(writer.bytes == [0, 0, 0, 0, 0, 0, 0, 6, 1, 0, 3, 7, 8, 9])
  }

  @Test func paddingFillsUpToTheNextMultiple() {
    var writer = ByteWriter()
    writer.write([1, 2, 3, 4, 5])
    writer.pad(toMultipleOf: 4, since: 2)
    #expect(writer.bytes == [1, 2, 3, 4, 5, 0])
    writer.pad(toMultipleOf: 2)
    #expect(writer.bytes.count == 6)
  }

  @Test func aSectionLongerThanItsLengthCanCountIsRefused() {
    let expected = SectionTooLong(field: "name", byteCount: 256, limit: UInt8.max)
    #expect(throws: expected) {
      var writer = ByteWriter()
      try writer.writeSection("name", lengthAs: UInt8.self) { name throws(SectionTooLong) in
        name.write([UInt8](repeating: 1, count: 256))
      }
    }
    #expect(
      expected.description == "name has 256 bytes, more than the 255 that its length can count")
  }
}
