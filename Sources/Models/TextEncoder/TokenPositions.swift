import Torch
import TorchNN

/// Where tokens stand for the rotary embedding: each has a temporal position, a row and a column.
///
/// A text token has the same number in all three. The vectors of an image lie on a grid of rows and columns at one time.
/// Source: transformers `Qwen2_5_VLModel.get_rope_index`.
package struct TokenPositions: Hashable, Sendable {
  /// The temporal position of each token.
  package private(set) var times: [Int] = []
  /// The row of each token.
  package private(set) var rows: [Int] = []
  /// The column of each token.
  package private(set) var columns: [Int] = []
  /// The position of the next text token.
  package private(set) var next = 0

  /// The positions of `count` text tokens, the first at `first`.
  package init(textTokenCount count: Int, from first: Int = 0) {
    next = first
    appendText(count)
  }

  /// The positions of a prompt in which each run of image tokens stands for one image.
  ///
  /// - Parameters:
  ///   - tokens: The ids of the prompt.
  ///   - imageToken: The id that stands for one vector of an image.
  ///   - images: The merged grids of the images, in order.
  /// - Throws: ``ImageTokenMismatch`` if the runs of image tokens are not those of the images.
  package init(
    of tokens: [Int], imageToken: Int, images: [PatchGrid]
  ) throws(ImageTokenMismatch) {
    let imageTokenCount = tokens.count { $0 == imageToken }
    let mismatch = ImageTokenMismatch(
      tokenCount: imageTokenCount, vectorCounts: images.map(\.count))
    var waiting = images[...]
    var index = 0
    while index < tokens.count {
      guard tokens[index] == imageToken else {
        appendText(1)
        index += 1
        continue
      }
      guard let grid = waiting.popFirst(), index + grid.count <= tokens.count,
        tokens[index..<index + grid.count].allSatisfy({ $0 == imageToken })
      else { throw mismatch }
      appendImage(grid)
      index += grid.count
    }
    guard waiting.isEmpty else { throw mismatch }
  }

  private mutating func appendText(_ count: Int) {
    let positions = next..<next + count
    times += positions
    rows += positions
    columns += positions
    next += count
  }

  private mutating func appendImage(_ grid: PatchGrid) {
    for row in 0..<grid.rows {
      for column in 0..<grid.columns {
        times.append(next)
        rows.append(next + row)
        columns.append(next + column)
      }
    }
    next += max(grid.rows, grid.columns)
  }

  /// The cosines and sines `[S, H / 2]` in float32.
  ///
  /// The first channel pairs turn by the time, the next by the row, the last by the column.
  func rotaryTable(
    _ configuration: LanguageConfiguration, device: Device
  ) throws(TorchError) -> RotaryTable {
    let frequencies = try rotaryFrequencies(
      base: configuration.rotaryBase, width: configuration.headWidth)
    let sections = try frequencies.split(configuration.rotarySections, along: 0)
    var angles: [Tensor] = []
    for (positions, section) in zip([times, rows, columns], sections) {
      angles.append(try positionAngles(positions, frequencies: section))
    }
    return try RotaryTable(angles: Tensor(concatenating: angles, along: -1)).moved(to: device)
  }
}

/// A prompt whose image tokens are not as many as the vectors that the vision tower made.
package struct ImageTokenMismatch: Error, Hashable, Sendable, CustomStringConvertible {
  package let tokenCount: Int
  package let vectorCounts: [Int]

  package init(tokenCount: Int, vectorCounts: [Int]) {
    self.tokenCount = tokenCount
    self.vectorCounts = vectorCounts
  }

  package var description: String {
    "the prompt has \(tokenCount) image tokens for images of \(vectorCounts) vectors"
  }
}

/// `base^(-2i / width)` for i in 0..<width / 2, in float32 operation by operation as the reference computes it.
func rotaryFrequencies(base: Double, width: Int) throws(TorchError) -> Tensor {
  let exponents = try Tensor.range(to: width / 2, dtype: .float32) * 2 / Double(width)
  return try exponents.power(ofBase: base).reciprocal()
}

/// Angles `[S, F]` of integer positions `[S]` by frequencies `[F]`.
func positionAngles(_ positions: [Int], frequencies: Tensor) throws(TorchError) -> Tensor {
  let column = try Tensor(positions.map(Float.init), shape: [positions.count, 1])
  return try column * frequencies
}
