import ByteIO
import PSD
import Raster
import Testing

@Suite struct ChannelDecodingTests {
  /// The red bytes of a merged picture of 4 x 3 with one grey channel.
  private func greys(
    _ compression: Compression, _ data: [UInt8], depth: FileHeader.Depth = .eight,
    mode: FileHeader.ColorMode = .grayscale, version: FileHeader.Version = .psd
  ) throws(MalformedData) -> [UInt8] {
    let file = PhotoshopFile(
      header: FileHeader(
        version: version, size: PixelSize(width: 4, height: 3), channelCount: 1, depth: depth,
        colorMode: mode),
      layerAndMaskInformation: LayerAndMaskInformation(layerInformation: nil),
      imageData: ImageData(compression: compression, data: data[...]))
    let picture = try file.mergedPicture()
    return stride(from: 0, to: picture.pixels.count, by: 4).map { picture.pixels[$0] }
  }

  private let samples: [UInt8] = [0, 50, 50, 255, 7, 7, 7, 7, 1, 2, 3, 4]

  @Test func rawSamplesAreAsTheyStand() throws {
    #expect(try greys(.raw, samples + [99]) == samples)
    #expect(throws: MalformedData(.truncated, in: "merged picture", at: 0)) {
      try greys(.raw, Array(samples.dropLast()))
    }
  }

  @Test(arguments: FileHeader.Version.allCases) func packedRowsUnpack(
    version: FileHeader.Version
  ) throws {
    let data = runLengthData(of: samples[...], rowByteCount: 4, in: version)
    #expect(try greys(.runLength, data, version: version) == samples)
  }

  @Test func longRunsAndLiteralsPackAndUnpack() throws {
    var numbers = SplitMix(state: 3)
    let width = 700
    let rows = (0..<3).flatMap { row in
      (0..<width).map { _ in UInt8.random(in: 0...[0, 1, 255][row], using: &numbers) }
    }
    let file = PhotoshopFile(
      header: FileHeader(
        version: .psd, size: PixelSize(width: width, height: 3), channelCount: 1,
        colorMode: .grayscale),
      layerAndMaskInformation: LayerAndMaskInformation(layerInformation: nil),
      imageData: ImageData(
        compression: .runLength,
        data: runLengthData(of: rows[...], rowByteCount: width, in: .psd)[...]))
    let picture = try file.mergedPicture()
    #expect(rows.indices.allSatisfy { picture.pixels[4 * $0] == rows[$0] })
  }

  @Test func theByte128BetweenRunsMeansNothing() throws {
    let data: [UInt8] = [0, 3, 0, 2, 0, 2, 0x80, 0xFD, 5, 0xFD, 6, 0xFD, 7]
    #expect(try greys(.runLength, data) == [5, 5, 5, 5, 6, 6, 6, 6, 7, 7, 7, 7])
  }

  @Test(
    arguments: [
      ([0, 2, 0, 2, 0, 9, 0xFD, 5, 0xFD, 6, 0xFD, 7], "row 2 of merged picture", 10),
      ([0, 2, 0, 2, 0, 2, 0xFC, 5, 0xFD, 6, 0xFD, 7], "row 0 of merged picture", 6),
      ([0, 2, 0, 2, 0, 2, 0xFE, 5, 0xFD, 6, 0xFD, 7], "row 0 of merged picture", 6),
      ([0, 2, 0, 2, 0, 2, 0xFD, 5, 3, 6, 0xFD, 7], "row 1 of merged picture", 8),
      ([0, 2, 0, 1, 0, 2, 0xFD, 5, 0xFD, 0xFD, 7, 7], "row 1 of merged picture", 8),
      ([0, 0, 0, 2, 0, 2, 0xFD, 5, 0xFD, 6, 0xFD, 7], "row 0 of merged picture", 6),
      ([0, 2, 0, 2, 0], "row table of merged picture", 0),
    ] as [([UInt8], String, Int)])
  func rowsThatDoNotUnpackToTheirWidthAreRefused(
    data: [UInt8], field: String, offset: Int
  ) throws {
    let error = #expect(throws: MalformedData.self) { try greys(.runLength, data) }
    #expect(error?.field == field)
    #expect(error?.offset == offset)
  }

  @Test func aRowTableOfTheOtherVersionIsRefused() {
    let data = runLengthData(of: samples[...], rowByteCount: 4, in: .psb)
    #expect(throws: MalformedData.self) { try greys(.runLength, data) }
  }

  @Test func zippedSamplesInflateAndWhatFollowsIsLeft() throws {
    #expect(try greys(.zip, zlibStream(of: samples)) == samples)
    #expect(try greys(.zip, zlibStream(of: samples) + [1, 2, 3]) == samples)
  }

  @Test func aStreamThatIsCutBrokenTooLongOrTooShortIsRefused() {
    let stream = zlibStream(of: samples)
    var wrongSum = stream
    wrongSum[stream.count - 1] ^= 1
    let faults: [([UInt8], String)] = [
      (Array(stream.dropLast()), "is cut off"),
      (Array(stream.prefix(4)), "is cut off"),
      (wrongSum, "incorrect data check"),
      ([9, 9] + stream, "incorrect header check"),
      (zlibStream(of: samples + [1]), "more than the 12 bytes"),
      (zlibStream(of: [UInt8](repeating: 0, count: 1 << 20)), "more than the 12 bytes"),
      (zlibStream(of: [1, 2]), "2 bytes, expected 12"),
    ]
    for (data, fault) in faults {
      let error = #expect(throws: MalformedData.self) { try greys(.zip, data) }
      #expect(error?.field == "merged picture")
      #expect(error?.description.contains(fault) == true)
    }
  }

  @Test func predictedSamplesOf8BitsAddUpInEachRow() throws {
    let stream = zlibStream(of: [10, 1, 1, 255, 0, 0, 0, 0, 200, 100, 0, 1])
    #expect(
      try greys(.zipWithPrediction, stream) == [10, 11, 12, 11, 0, 0, 0, 0, 200, 44, 44, 45])
  }

  @Test func predictedSamplesOf16BitsAddUpAsPairs() throws {
    let row: [UInt8] = [0x00, 0xFF, 0x00, 0x01, 0xFF, 0x00, 0x00, 0x00]
    // 0x00FF, 0x0100, 0x0000, 0x0000: the nearest of 256 steps is 1, 1, 0, 0.
    let found = try greys(
      .zipWithPrediction, zlibStream(of: row + row + row), depth: .sixteen)
    #expect(found == [1, 1, 0, 0, 1, 1, 0, 0, 1, 1, 0, 0])
  }

  @Test func predictedSamplesOf32BitsAddUpByteByByte() throws {
    // 1.0 is 3F 80 00 00, 0.0 is four zeros: of 1, 0, 1, 0 the first bytes come first, as
    // differences.
    let row: [UInt8] = [0x3F, 0xC1, 0x3F, 0xC1, 0x80, 0x80, 0x80, 0x80, 0, 0, 0, 0, 0, 0, 0, 0]
    let found = try greys(
      .zipWithPrediction, zlibStream(of: row + row + row), depth: .thirtyTwo)
    #expect(found == [255, 0, 255, 0, 255, 0, 255, 0, 255, 0, 255, 0])
  }

  @Test func bitsAreBlackWhereTheyAreSet() throws {
    let found = try greys(
      .raw, [0b1010_0000, 0b0000_1111, 0b1111_0000], depth: .one, mode: .bitmap)
    #expect(found == [0, 255, 0, 255, 255, 255, 255, 255, 0, 0, 0, 0])
  }

  @Test func numbersThatAreNoneOrBeyondTheRangeAreCut() throws {
    let values: [Float] = [
      .nan, .infinity, -.infinity, -1, 2, 0.5, 0, 1, .leastNonzeroMagnitude, 1e30, -0, 0.2,
    ]
    var writer = ByteWriter()
    for value in values { writer.write(value.bitPattern) }
    let found = try greys(.raw, writer.bytes, depth: .thirtyTwo)
    #expect(found == [0, 255, 0, 0, 255, 188, 0, 255, 0, 255, 0, 124])
  }

  @Test func aPictureBeyondTheLimitIsRefusedBeforeItIsMade() {
    let file = PhotoshopFile(
      header: FileHeader(
        version: .psb, size: PixelSize(width: 300_000, height: 300_000), channelCount: 1,
        colorMode: .grayscale),
      layerAndMaskInformation: LayerAndMaskInformation(layerInformation: nil),
      imageData: ImageData(compression: .raw, data: []))
    let error = #expect(throws: MalformedData.self) { try file.mergedPicture() }
    #expect(error?.reason == .overLimit(found: 90_000_000_000, limit: 1 << 31))
  }

  @Test(arguments: [Compression.raw, .runLength, .zip, .zipWithPrediction])
  func aLargePictureWithLittleDataIsRefusedBeforeItIsMade(compression: Compression) {
    let file = PhotoshopFile(
      header: FileHeader(
        version: .psd, size: PixelSize(width: 30_000, height: 30_000), channelCount: 1,
        colorMode: .grayscale),
      layerAndMaskInformation: LayerAndMaskInformation(layerInformation: nil),
      imageData: ImageData(
        compression: compression, data: ArraySlice(repeating: 0, count: 100_000)))
    let error = #expect(throws: MalformedData.self) { try file.mergedPicture() }
    #expect(error?.field == "merged picture")
  }
}
