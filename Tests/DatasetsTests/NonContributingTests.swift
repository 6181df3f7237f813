import Datasets
import Raster
import Testing

struct NonContributingTests {
  private let canvas = PixelSize(width: 16, height: 12)

  private func background() throws -> ExtractedLayer {
    try Stacks.layer("background", x: 0, y: 0, width: 16, height: 12, color: (200, 180, 20))
  }

  private func sorted(
    _ layers: [ExtractedLayer]
  ) throws -> (kept: [String], dropped: [LayerDropReason]) {
    let result = try layers.withoutNonContributing(on: canvas, limit: 1)
    return (result.kept.map(\.name), result.dropped.map(\.reason))
  }

  @Test func aCoveredLayerContributesNothing() throws {
    let covered = try Stacks.layer("covered", x: 2, y: 2, width: 4, height: 4, color: (0, 0, 0))
    let cover = try Stacks.layer("cover", x: 1, y: 1, width: 9, height: 9, color: (9, 200, 7))
    let result = try sorted([background(), covered, cover])
    #expect(result.kept == ["background", "cover"])
    #expect(result.dropped == [.nonContributing])
  }

  @Test func aLayerOfTheColorBelowIsIdenticalToIt() throws {
    let same = try Stacks.layer("same", x: 3, y: 3, width: 4, height: 4, color: (200, 180, 20))
    let result = try sorted([background(), same])
    #expect(result.kept == ["background"])
    #expect(result.dropped == [.identicalToBelow])
  }

  @Test func aWhiteBackgroundIsNeededAlthoughPagesAreWhite() throws {
    let white = try Stacks.layer("white", x: 0, y: 0, width: 16, height: 12, color: (255, 255, 255))
    #expect(try sorted([white]).kept == ["white"])
  }

  @Test func manySmallChangesAreNotLeftOutTogether() throws {
    // Each moves the colour by less than a level; all of them by much more.
    let veils = try (0..<40).map { index in
      try Stacks.layer(
        "\(index)", x: 0, y: 0, width: 16, height: 12, color: (0, 0, 0), alpha: 1)
    }
    let layers = try [background()] + veils
    let result = try layers.withoutNonContributing(on: canvas, limit: 1)
    let difference = try Stacks.difference(
      Stacks.composite(result.kept, on: canvas), Stacks.composite(layers, on: canvas))
    // One level by the rule, the rest by rounding forty times.
    #expect(result.kept.count > 20)
    #expect(difference <= 40)
  }

  /// The rule itself: with and without each layer that stays, or does not.
  @Test(arguments: 0..<40) func theLayersThatStayGiveThePictureOfAll(seed: Int) throws {
    let layers = try [background()] + Stacks.random(12, on: canvas, seed: seed, largest: 12)
    let result = try layers.withoutNonContributing(on: canvas, limit: 1)
    #expect(result.kept.count + result.dropped.count == layers.count)
    let whole = try Stacks.composite(layers, on: canvas)
    // Bytes are rounded once a layer here, which is a level more.
    #expect(try Stacks.difference(Stacks.composite(result.kept, on: canvas), whole) <= 2)
    for layer in result.kept {
      let others = result.kept.filter { $0.name != layer.name }
      let without = try Stacks.composite(others, on: canvas)
      #expect(
        try Stacks.difference(without, Stacks.composite(result.kept, on: canvas)) >= 1,
        "\(layer.name) could go")
    }
  }
}
