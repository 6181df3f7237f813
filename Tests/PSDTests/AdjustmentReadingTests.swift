import ByteIO
import Compositing
import DocumentModel
import Raster
import RasterTesting
import Testing

@testable import PSD

/// Big-endian numbers of 16 bits.
private func words(_ values: Int...) -> [UInt8] {
  values.flatMap { [UInt8(truncatingIfNeeded: $0 >> 8), UInt8(truncatingIfNeeded: $0)] }
}

/// Parts of a block one after the other.
private func joined(_ parts: [UInt8]...) -> [UInt8] { Array(parts.joined()) }

/// The block "levl" with the sets of the first channels; the others change nothing.
private func levels(_ sets: [Int]...) -> [UInt8] {
  let same = [0, 255, 0, 255, 100]
  let all = sets + [[Int]](repeating: same, count: 29 - sets.count)
  let numbers: [Int] = [2] + Array(all.joined())
  return numbers.flatMap { words($0) }
}

/// What a layer without pixels does that has one block.
private func adjustment(_ key: FourCharacterCode, _ bytes: [UInt8]) throws -> Adjustment? {
  let nothing = try SmallFile.rectangle(top: 0, left: 0, bottom: 0, right: 0)
  var record = LayerRecord(rectangle: nothing, channels: [])
  record.blocks.blocks = [AdditionalBlock(key, bytes: bytes[...])]
  return record.adjustment(in: try SmallFile.file().header)
}

/// The tables of an adjustment, which must have some.
private func tables(_ key: FourCharacterCode, _ bytes: [UInt8]) throws -> ToneTables {
  guard case .tones(let tables)? = try adjustment(key, bytes) else {
    throw MalformedData(.invalid("is no adjustment of tones"), in: key.text, at: 0)
  }
  return tables
}

struct AdjustmentReadingTests {
  @Test func invertTurnsEveryValueAround() throws {
    #expect(try tables("nvrt", []).red.values == (0...255).map { UInt8(255 - $0) })
  }

  @Test func posterizeSpreadsStepsEvenly() throws {
    let values = try tables("post", words(4)).green.values
    #expect(Set(values) == [0, 85, 170, 255])
    #expect([63, 64, 191, 192].map { values[$0] } == [0, 85, 170, 255])
  }

  @Test func thresholdKeepsItsLevel() throws {
    #expect(try adjustment("thrs", words(77)) == .threshold(level: 77))
  }

  @Test func levelsStretchEachChannelThenAll() throws {
    let tables = try tables("levl", levels([0, 255, 0, 200, 100], [50, 150, 0, 255, 100]))
    #expect(tables.red.values[50] == 0)
    #expect(tables.red.values[100] == 100)
    #expect(tables.red.values[150] == 200)
    #expect(tables.blue.values[255] == 200)
  }

  @Test func gammaAboveOneStartsAsAParabolaThatMeetsThePower() throws {
    let values = try tables(
      "levl", levels([0, 255, 0, 255, 100], [0, 255, 0, 255, 178])
    ).red.values
    // As in levels_grayscale.psd of psd-tools, where the power alone would give 17, 31 and 52.
    #expect([2, 6, 15, 30, 128].map { values[$0] } == [7, 20, 46, 77, 173])
  }

  @Test func curvesPassThroughTheirPointsAndStayLevelBeyondThem() throws {
    // The curve of all channels; outputs come before inputs.
    let block = joined(
      [0], words(1), [0, 0, 0, 1], words(3), words(20, 10), words(100, 120), words(240, 230))
    let values = try tables("curv", block).blue.values
    #expect([10, 120, 230].map { values[$0] } == [20, 100, 240])
    #expect([0, 255].map { values[$0] } == [20, 240])
    #expect(zip(values, values.dropFirst()).allSatisfy { $0 <= $1 })
  }

  @Test func curvesOutOfOrderAreNotDrawn() throws {
    let block = joined([0], words(1), [0, 0, 0, 1], words(2), words(0, 200), words(255, 100))
    #expect(try adjustment("curv", block) == nil)
  }

  @Test func brokenBlocksAreNotDrawn() throws {
    for key in ["levl", "curv", "expA", "hue2", "brit", "post", "thrs"] as [FourCharacterCode] {
      #expect(try adjustment(key, [0]) == nil, "\(key)")
    }
  }

  @Test func olderContrastTurnsAroundItsMean() throws {
    let values = try tables("brit", joined(words(20, 57, 127), [0])).red.values
    #expect([52, 53, 107, 162].map { values[$0] } == [0, 2, 127, 255])
    let weaker = try tables("brit", joined(words(-23, -26, 127), [0])).red.values
    #expect([3, 127, 255].map { weaker[$0] } == [12, 104, 199])
  }

  @Test func hueOfSingleRangesIsNotDrawn() throws {
    let none = words(0, 0, 0)
    let range = words(315, 345, 15, 45)
    let all = joined(words(2), [0, 0], none, words(30, -20, 10))
    let plain = joined(range, none)
    let shifted = joined(range, words(5, 0, 0))
    let wanted = HueAdjustment(isColorizing: false, hue: 30, saturation: -0.2, lightness: 0.1)
    #expect(
      try adjustment("hue2", joined(all, plain, plain, plain, plain, plain, plain)) == .hue(wanted))
    #expect(
      try adjustment("hue2", joined(all, plain, plain, shifted, plain, plain, plain)) == nil)
  }

  @Test func anOutlineCoversTheSharesOfPixelsThatAreInside() throws {
    // A rectangle from 1/4 to 3/4 of a canvas of 10 x 4.
    func fixed(_ share: Double) -> [UInt8] {
      let value = Int(share * 16_777_216)
      return words(value >> 16, value)
    }
    func knot(_ x: Double, _ y: Double) -> [UInt8] {
      let point = joined(fixed(y), fixed(x))
      return joined(words(2), point, point, point)
    }
    let record = joined(words(0, 4, 1), [UInt8](repeating: 0, count: 20))
    let block = joined(
      [0, 0, 0, 3, 0, 0, 0, 0], record, knot(0.25, 0.25), knot(0.75, 0.25), knot(0.75, 0.75),
      knot(0.25, 0.75))
    let canvas = PixelSize(width: 10, height: 4)
    let outline = try VectorOutline(reading: block[...], on: canvas)
    let mask = try #require(try outline.raster(on: canvas))
    #expect(mask.origin == PixelPoint(x: 2, y: 1))
    #expect(mask.pixels?.size == PixelSize(width: 6, height: 2))
    let row: [UInt8] = [128, 255, 255, 255, 255, 128]
    #expect(mask.pixels?.pixels == row + row)
    #expect(mask.defaultValue == 0)
  }

  /// The largest difference to the file's own merged picture, which Photoshop made.
  @Test(
    .enabled(if: !Corpus.paths.isEmpty, "the corpora are not beside the project"),
    arguments: [
      ("adjustment_backdrop_test", 1), ("adjustment_clipping", 1),
      ("adjustment_nested_composition_3", 2), ("adjustment_nested_composition_5", 2),
      ("brightnesscontrast_legacy_grayscale", 0), ("brightnesscontrast_legacy_rgb", 1),
      ("clip-adjustment", 1), ("curves_grayscale", 0), ("curves_rgb", 1),
      ("exposure_grayscale", 2), ("exposure_rgb", 1), ("huesaturation_colorize_rgb", 3),
      ("invert_grayscale", 0), ("invert_rgb", 0), ("levels_grayscale", 2), ("levels_rgb", 3),
      ("passthrough_clipping_mask_adjustment", 2), ("passthrough_fill_adjustment", 2),
      ("passthrough_opacity", 2), ("passthrough_vector_mask", 2), ("300dpi", 0), ("32bit", 0),
      ("threshold_grayscale", 0),
    ])
  func adjustmentsAndFillsGiveThePictureOfTheFile(name: String, limit: Int) throws {
    let path = try #require(Corpus.paths.first { $0.hasSuffix("/\(name).psd") })
    let file = try PhotoshopFile(reading: Corpus.bytes(of: path))
    let document = try file.readDocument().document
    // Outlines in files of 32 bits are drawn, but said not to be exact.
    let features = document.entries.flatMap(\.node.attributes.features)
    #expect(features.allSatisfy { $0.isRendered || file.header.depth == .thirtyTwo })
    // Where nothing shows, a file's picture may be white or clear.
    func overWhite(_ picture: RasterImage) throws -> RasterImage {
      let white = RGBAPixel(red: 255, green: 255, blue: 255, alpha: 255)
      let paper = try RasterImage(size: picture.size, filledWith: white)
      return try LayerStack(canvas: picture.size, layers: [paper, picture]).composite()
    }
    let found = try overWhite(document.composite())
    let wanted = try overWhite(file.mergedPicture())
    let largest = zip(found.pixels, wanted.pixels).reduce(0) { largest, pair in
      max(largest, abs(Int(pair.0) - Int(pair.1)))
    }
    #expect(largest <= limit, "\(name): \(largest)")
  }
}
