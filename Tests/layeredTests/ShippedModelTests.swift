import FileTesting
import Foundation
import ImageCodecs
import Raster
import Testing

/// The model that lies in the package, used where no other is named.
struct ShippedModelTests {
  private static let package = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().path
  private static let poster = "\(package)/demo/poster.png"

  /// The layers of a folder, back to front.
  private func layers(_ place: Workplace, _ name: String) throws -> [RasterImage] {
    try ScratchFolder.names(in: place.folder[name]).filter { $0.hasPrefix("layer-") }.sorted().map {
      try DecodedImage(contentsOf: "\(place.folder[name])/\($0)").image
    }
  }

  @Test func aPosterIsTakenApartIntoAGroundAndWhatLiesOnIt() throws {
    let place = try Workplace()
    let outcome = try place.run(["decompose", Self.poster, "-o", "out", "--layers", "4"])
    #expect(outcome.code == 0, "\(outcome.errors)")
    #expect(outcome.text.hasPrefix("out: 4 layers, 128 x 128, recomposed with "))
    let found = try layers(place, "out")
    // The ground is there everywhere, what lies on it only in places.
    let covered = found.map { layer in
      let count = stride(from: 3, to: layer.pixels.count, by: 4).count { layer.pixels[$0] > 127 }
      return Double(count) / Double(128 * 128)
    }
    #expect(covered.count == 4)
    #expect(covered[0] > 0.9)
    #expect(covered[1] > 0.02)
    #expect(covered.dropFirst().allSatisfy { $0 < 0.5 })
    let stack = try LayerStack(canvas: found[0].size, layers: found)
    let picture = try DecodedImage(contentsOf: Self.poster).image.resized(
      to: stack.canvas, using: .lanczos)
    // A picture of the ground's mean colour reaches 10 dB.
    #expect(try stack.recomposition(of: picture).psnr > 12)
  }

  @Test func aSeedGivesTheSameBytesAndAnotherSeedOthers() throws {
    let place = try Workplace()
    for (output, seed) in [("first", "5"), ("second", "5"), ("third", "6")] {
      let outcome = try place.run([
        "decompose", Self.poster, "-o", output, "--layers", "2", "--resolution", "128", "--steps",
        "2", "--seed", seed,
      ])
      #expect(outcome.code == 0, "\(outcome.errors)")
    }
    #expect(try layers(place, "first") == layers(place, "second"))
    #expect(try layers(place, "first") != layers(place, "third"))
  }

  @Test func aTextBecomesLayersWithoutAModelToo() throws {
    let place = try Workplace()
    let outcome = try place.run([
      "generate", "a poster with a red circle", "-o", "out", "--layers", "2", "--resolution", "128",
      "--steps", "2",
    ])
    #expect(outcome.code == 0, "\(outcome.errors)")
    #expect(try layers(place, "out").count == 2)
  }

  @Test func theModelsFilesFitIntoARepository() throws {
    let folder = URL(filePath: "\(Self.package)/Models/small", directoryHint: .isDirectory)
    let files = try #require(
      FileManager.default.enumerator(at: folder, includingPropertiesForKeys: [.fileSizeKey]))
    let sizes = try files.compactMap { file in
      try (file as? URL)?.resourceValues(forKeys: [.fileSizeKey]).fileSize
    }
    #expect(sizes.reduce(0, +) <= 64_000_000)
  }
}
