import Foundation
import ImageCodecs
import RasterTesting
import Testing

private let pictures = "\(Corpora.path)/pictures"

/// Reads the real pictures beside the project; skipped where they are absent.
@Suite(
  .enabled(
    if: FileManager.default.fileExists(atPath: pictures), "../shared/corpora/pictures is absent"))
struct CorporaTests {
  /// Written by `Tools/golden/corpora_pictures.py`.
  struct Golden: Decodable {
    struct Picture: Decodable {
      let size: [Int]
      let crc32: UInt32
    }
    let valid: [String: Picture]
    let damaged: [String]

    static func read() throws -> Golden {
      let data = try Data(contentsOf: URL(filePath: Fixture.path("corpora.json")))
      return try JSONDecoder().decode(Golden.self, from: data)
    }
  }

  @Test func everyValidPictureHasThePixelsOfTheSpecification() throws {
    let golden = try Golden.read().valid
    #expect(golden.count == 177)
    for (name, picture) in golden {
      let decoded = try DecodedImage(contentsOf: "\(pictures)/\(name)")
      #expect([decoded.image.size.width, decoded.image.size.height] == picture.size, "\(name)")
      #expect(crc32(decoded.image.pixels) == picture.crc32, "\(name)")
    }
  }

  @Test func everyDamagedPictureOfPngSuiteIsRefused() throws {
    let names = try Golden.read().damaged
    #expect(names.count == 14)
    for name in names {
      #expect(throws: ImageCodecError.self, "\(name)") {
        try DecodedImage(contentsOf: "\(pictures)/\(name)")
      }
    }
  }
}
