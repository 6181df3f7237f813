import Diffusion
import Torch
import TorchNN

/// The pictures among a sample's tokens, in order.
package struct TokenLayout: Hashable, Sendable {
  /// The grid of each picture: the frames to be denoised, then the condition if there is one.
  package let grids: [TokenGrid]
  /// Whether the last picture is the clean condition.
  package let hasCondition: Bool

  package init(grids: [TokenGrid], hasCondition: Bool) {
    self.grids = grids
    self.hasCondition = hasCondition
  }

  /// `frameCount` frames of one size and, behind them, a condition of the same size.
  package static func layered(frameCount: Int, grid: TokenGrid) -> TokenLayout {
    TokenLayout(grids: Array(repeating: grid, count: frameCount + 1), hasCondition: true)
  }

  package var tokenCount: Int { grids.reduce(0) { $0 + $1.tokenCount } }

  /// Tokens that are denoised, those of all pictures but the condition.
  package var targetTokenCount: Int {
    guard hasCondition, let condition = grids.last else { return tokenCount }
    return tokenCount - condition.tokenCount
  }
}

/// Rotary position embedding over layer, row and column, for pictures and text.
///
/// Rows and columns are counted from the middle of a picture. Frame i has layer position i; with Layer3D the condition has
/// layer position -1, without it the position after the last frame. Text tokens follow on all three axes, from a
/// position that no picture reaches.
/// Source: diffusers `QwenEmbedLayer3DRope` and, without Layer3D, `QwenEmbedRope`.
package struct LayerRotaryEmbedding: Sendable {
  private let widths: [Int]
  private let isLayer3D: Bool
  private static let base = 10000.0
  /// The reference's tables hold positions below this one.
  private static let positionLimit = 4096

  package init(widths: [Int], isLayer3D: Bool) {
    self.widths = widths
    self.isLayer3D = isLayer3D
  }

  /// - Parameters:
  ///   - layout: The pictures of a sample.
  ///   - textTokenCount: With padding.
  /// - Returns: The table of all picture tokens, row by row, and that of the text; angles by shape `[S, H / 2]`.
  /// - Throws: ``TorchError/unexpectedShape(what:expected:found:)`` where a position is beyond the table of the reference.
  package func tables(
    for layout: TokenLayout, textTokenCount: Int
  ) throws(TorchError) -> (image: RotaryTable, text: RotaryTable) {
    let textStart = textStart(for: layout)
    guard textStart + textTokenCount <= Self.positionLimit else {
      throw .unexpectedShape(
        what: "text positions", expected: [Self.positionLimit],
        found: [textStart + textTokenCount])
    }
    var pictures: [Tensor] = []
    for (index, grid) in layout.grids.enumerated() {
      let isCondition = layout.hasCondition && index == layout.grids.count - 1
      pictures.append(try angles(of: grid, layer: isCondition && isLayer3D ? -1 : index))
    }
    let positions = try Tensor.range(
      from: textStart, to: textStart + textTokenCount, dtype: .float32)
    var text: [Tensor] = []
    for width in widths { text.append(try angles(at: positions, width: width)) }
    return (
      try RotaryTable(angles: Tensor(concatenating: pictures, along: 0)),
      try RotaryTable(angles: Tensor(concatenating: text, along: 1))
    )
  }

  /// The position of the first text token on every axis.
  package func textStart(for layout: TokenLayout) -> Int {
    let reach = layout.grids.map { max($0.rows / 2, $0.columns / 2) }.max() ?? 0
    guard isLayer3D else { return reach }
    return max(reach, layout.hasCondition ? layout.grids.count - 1 : layout.grids.count)
  }

  /// Angles `[rows * columns, H / 2]` of one picture.
  private func angles(of grid: TokenGrid, layer: Int) throws(TorchError) -> Tensor {
    let (rows, columns) = (grid.rows, grid.columns)
    let byLayer = try angles(at: .full(Double(layer), shape: [1]), width: widths[0])
    let byRow = try angles(at: centred(rows), width: widths[1])
    let byColumn = try angles(at: centred(columns), width: widths[2])
    let parts = [
      try byLayer.reshaped(to: [1, 1, -1]).expanded(to: [rows, columns, -1]),
      try byRow.reshaped(to: [rows, 1, -1]).expanded(to: [rows, columns, -1]),
      try byColumn.reshaped(to: [1, columns, -1]).expanded(to: [rows, columns, -1]),
    ]
    return try Tensor(concatenating: parts, along: -1).reshaped(to: [rows * columns, -1])
  }

  /// The positions of `count` rows or columns around the middle: 5 have -3...1, 4 have -2...1.
  private func centred(_ count: Int) throws(TorchError) -> Tensor {
    let first = count / 2 - count
    return try Tensor.range(from: first, to: first + count, dtype: .float32)
  }

  /// Angles `[positions, width / 2]` of one axis.
  private func angles(at positions: Tensor, width: Int) throws(TorchError) -> Tensor {
    let exponents = try Tensor.range(to: width / 2, dtype: .float32) * 2 / Double(width)
    let frequencies = try exponents.power(ofBase: Self.base).reciprocal()
    return try positions.addingAxis(at: 1) * frequencies
  }
}
