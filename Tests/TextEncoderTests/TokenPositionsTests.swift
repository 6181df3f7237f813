import Foundation
import Testing
import TextEncoder

@Suite struct TokenPositionsTests {
  private struct Case: Decodable {
    let grids: [[Int]]
    let texts: [Int]
    let positions: [[Int]]
    let next: Int
  }

  @Test func positionsOfTextAndImagesMatchTransformers() throws {
    let data = try Data(contentsOf: URL(filePath: fixturePath("positions.json")))
    for golden in try JSONDecoder().decode([Case].self, from: data) {
      let grids = golden.grids.map { PatchGrid(rows: $0[0], columns: $0[1]).merged(by: 2) }
      var tokens = [Int](repeating: 7, count: golden.texts[0])
      for (grid, count) in zip(grids, golden.texts.dropFirst()) {
        tokens += [Int](repeating: 310, count: grid.count) + [Int](repeating: 7, count: count)
      }
      let positions = try TokenPositions(of: tokens, imageToken: 310, images: grids)
      #expect([positions.times, positions.rows, positions.columns] == golden.positions)
      #expect(positions.next == golden.next)
    }
  }

  @Test func textCountsUpInAllThree() {
    let positions = TokenPositions(textTokenCount: 3, from: 5)
    #expect(positions.times == [5, 6, 7])
    #expect(positions.rows == [5, 6, 7])
    #expect(positions.columns == [5, 6, 7])
    #expect(positions.next == 8)
  }
}
