import ByteIO
import PSD
import Testing

@Suite struct MutationTests {
  /// Changes a few bytes at places that a fixed sequence of numbers chooses; what is left to show
  /// is that nothing traps, and that what opens is written back as it was.
  @Test func filesWithChangedBytesOpenOrAreRefused() throws {
    let seeds = [
      try SmallFile.bytes(), try SmallFile.bytes(version: .psb), try compressed(in: .psd),
      try compressed(in: .psb),
    ]
    var numbers = SplitMix(state: 20)
    var opened = 0
    var decoded = 0
    for run in 0..<20_000 {
      var bytes = seeds[run % seeds.count]
      for _ in 0...Int.random(in: 0..<4, using: &numbers) { numbers.spoil(&bytes) }
      guard let file = try? PhotoshopFile(reading: bytes) else { continue }
      opened += 1
      #expect(try file.bytes() == bytes)
      decoded += (try? file.mergedPicture()) == nil ? 0 : 1
      decoded += (try? file.readDocument(isLenient: true)) == nil ? 0 : 1
    }
    #expect((1..<20_000).contains(opened))
    #expect((1..<2 * opened).contains(decoded))
  }

  /// The small file with packed rows in its picture and zipped ones in its layer.
  private func compressed(in version: FileHeader.Version) throws -> [UInt8] {
    var file = try SmallFile.file(version: version)
    file.imageData = ImageData(
      compression: .runLength,
      data: runLengthData(of: file.imageData.data, rowByteCount: 4, in: version)[...])
    for (index, compression) in [Compression.zip, .zipWithPrediction, .runLength].enumerated() {
      let samples: [UInt8] = [1, 2, 3, 4]
      let data =
        compression == .runLength
        ? runLengthData(of: samples[...], rowByteCount: 2, in: version) : zlibStream(of: samples)
      file.layerAndMaskInformation.layerInformation?.layers[1].channels[index] = LayerChannel(
        id: Int16(index), compression: compression, data: data[...])
    }
    return try file.bytes()
  }
}

/// A sequence of numbers that is the same in each run.
struct SplitMix: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
    return mixed ^ mixed >> 31
  }

  /// Changes, removes or repeats a few bytes.
  mutating func spoil(_ bytes: inout [UInt8]) {
    guard !bytes.isEmpty else { return }
    let place = Int.random(in: 0..<bytes.count, using: &self)
    switch Int.random(in: 0..<6, using: &self) {
    case 0: bytes[place] = UInt8.random(in: 0...255, using: &self)
    case 1: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &self)
    case 2: bytes[place] = [0, 1, 0x7F, 0x80, 0xFF].randomElement(using: &self) ?? 0
    case 3:
      for index in place..<min(bytes.count, place + 4) { bytes[index] = 0xFF }
    case 4: bytes.removeSubrange(place..<min(bytes.count, place + 3))
    default: bytes.insert(contentsOf: bytes[place..<min(bytes.count, place + 8)], at: place)
    }
  }
}
