import ByteIO
import PSD
import Raster
import Testing

@Suite struct FileHeaderTests {
  @Test(arguments: FileHeader.Version.allCases) func headerRoundTrips(
    version: FileHeader.Version
  ) throws {
    let header = FileHeader(
      version: version, size: PixelSize(width: version.maximumSide, height: 1), channelCount: 56,
      depth: .sixteen, colorMode: .lab)
    var writer = ByteWriter()
    header.write(to: &writer)
    #expect(writer.bytes.count == 26)
    var reader = ByteReader(writer.bytes)
    #expect(try FileHeader(reading: &reader) == header)
  }

  @Test func truncatedFileNamesTheOffset() {
    var reader = ByteReader([0x38, 0x42])
    #expect(throws: MalformedData(.truncated, in: "signature", at: 0)) {
      try FileHeader(reading: &reader)
    }
  }

  @Test(
    arguments: [
      (0, [0x39], "signature", 0), (4, [0, 0], "version", 4), (4, [0, 3], "version", 4),
      (12, [0, 0], "channel count", 12), (12, [0, 57], "channel count", 12),
      (14, [0, 0, 0, 0], "height", 14), (14, [0, 0, 0x75, 0x31], "height", 14),
      (18, [0, 0, 0x75, 0x31], "width", 18), (18, [0xFF, 0xFF, 0xFF, 0xFF], "width", 18),
      (22, [0, 0], "depth", 22), (22, [0, 17], "depth", 22), (22, [0, 64], "depth", 22),
      (24, [0, 20], "color mode", 24),
    ] as [(Int, [UInt8], String, Int)])
  func aHeaderFieldOutOfRangeIsRefused(at: Int, bytes: [UInt8], field: String, offset: Int) throws {
    let error = try #require(fault(of: SmallFile.bytes().replacing(at: at, with: bytes)))
    #expect(error.field == field)
    #expect(error.offset == offset)
  }

  @Test func aSideOf300001IsRefusedInPSBAnd30001IsNot() throws {
    let bytes = try SmallFile.bytes(version: .psb)
    #expect(fault(of: bytes.replacing(at: 14, with: [0, 4, 0x93, 0xE1]))?.field == "height")
    #expect(fault(of: bytes.replacing(at: 14, with: [0, 0, 0x75, 0x31])) == nil)
  }

  @Test func reservedBytesThatAreNotZeroAreKept() throws {
    let bytes = try SmallFile.bytes().replacing(at: 6, with: [1, 2, 3, 4, 5, 6])
    #expect(try PhotoshopFile(reading: bytes).bytes() == bytes)
  }
}
