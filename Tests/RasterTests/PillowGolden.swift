import Foundation
import Raster
import Testing

/// What Pillow makes of random pictures; written by `Tools/golden/raster.py`.
struct PillowGolden: Decodable {
  struct Resized: Decodable {
    let filter: String
    let from: [Int]
    let to: [Int]
    let input: Data
    let output: Data
  }
  struct ResizedChecksum: Decodable {
    let filter: String
    let from: [Int]
    let to: [Int]
    let crc32: UInt32
  }
  struct Composited: Decodable {
    let size: [Int]
    let backdrop: Data
    let image: Data
    let output: Data
  }
  struct Stack: Decodable {
    let size: [Int]
    let layers: [Data]
    let composite: Data
  }

  let resized: [Resized]
  let resizedChecksums: [ResizedChecksum]
  let composited: [Composited]
  let stack: Stack
  let premultipliedCRC32: UInt32
  let restoredCRC32: UInt32

  static func read() throws -> PillowGolden {
    let url = try #require(
      Bundle.module.url(forResource: "raster", withExtension: "json", subdirectory: "Fixtures"))
    return try JSONDecoder().decode(PillowGolden.self, from: Data(contentsOf: url))
  }
}

extension PixelSize {
  init(_ sides: [Int]) throws {
    try #require(sides.count == 2)
    self.init(width: sides[0], height: sides[1])
  }
}

extension RasterImage {
  init(_ sides: [Int], _ bytes: Data) throws {
    try self.init(size: PixelSize(sides), pixels: [UInt8](bytes))
  }
}

extension Resampling {
  init(named name: String) throws {
    let names: [String: Resampling] = [
      "lanczos": .lanczos, "bicubic": .bicubic, "bilinear": .bilinear,
    ]
    self = try #require(names[name])
  }
}
