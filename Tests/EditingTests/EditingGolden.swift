import DocumentModel
import Foundation
import Raster
import Testing

/// Small pictures edited by other means; written by `Tools/golden/editing.py`.
struct EditingGolden: Decodable {
  struct Case: Decodable {
    let from: [Int]
    let input: Data
    /// Where the result begins, for a layer at the canvas's corner.
    let corner: [Int]
    let to: [Int]
    let output: Data
    let degrees: Double?
    let color: [UInt8]?
    let shift: [Double]?
  }

  let rotations: [Case]
  let resizings: [Case]
  let recolorings: [Case]
  let shifts: [Case]

  static func read() throws -> EditingGolden {
    let url = try #require(
      Bundle.module.url(forResource: "editing", withExtension: "json", subdirectory: "Fixtures"))
    return try JSONDecoder().decode(EditingGolden.self, from: Data(contentsOf: url))
  }
}

extension EditingGolden.Case {
  /// The layer before the operation.
  func layer(at origin: PixelPoint = .zero) throws -> LayerNode {
    let size = PixelSize(width: from[0], height: from[1])
    let image = try RasterImage(size: size, pixels: Array(input))
    return .layer(Layer(attributes: LayerAttributes(name: "x"), pixels: image, origin: origin))
  }

  /// Expects the result within a difference of each byte.
  func expect(
    _ layer: Layer, within tolerance: Int, sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let found = try #require(layer.pixels, sourceLocation: sourceLocation)
    #expect([found.size.width, found.size.height] == to, sourceLocation: sourceLocation)
    let worst = zip(found.pixels, output).map { abs(Int($0) - Int($1)) }.max()
    #expect(found.pixels.count == output.count, sourceLocation: sourceLocation)
    #expect(try #require(worst) <= tolerance, sourceLocation: sourceLocation)
  }
}
