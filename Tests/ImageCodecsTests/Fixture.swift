import Foundation
import ImageCodecs
import Raster
import Testing

/// The files that `Tools/golden/picture_files.py` writes.
enum Fixture {
  /// The name of every file in a folder of fixtures, in order.
  static func names(in folder: String) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: path(folder)).sorted()
  }

  static func path(_ name: String) throws -> String {
    let folder = try #require(Bundle.module.resourceURL)
    return folder.appending(path: "Fixtures/\(name)").path(percentEncoded: false)
  }

  static func bytes(_ name: String) throws -> [UInt8] {
    try [UInt8](Data(contentsOf: URL(filePath: path(name))))
  }
}

/// What the reference reads of one file.
struct ExpectedPicture: Decodable {
  let size: [Int]
  let pixels: Data
  let tolerance: Int

  static func all() throws -> [String: ExpectedPicture] {
    let data = try Data(contentsOf: URL(filePath: Fixture.path("pictures.json")))
    return try JSONDecoder().decode([String: ExpectedPicture].self, from: data)
  }

  /// The largest difference of a channel, or `nil` where the sizes differ.
  func largestDifference(from image: RasterImage) -> Int? {
    guard [image.size.width, image.size.height] == size, image.pixels.count == pixels.count else {
      return nil
    }
    return zip(image.pixels, pixels).reduce(0) { max($0, abs(Int($1.0) - Int($1.1))) }
  }
}
