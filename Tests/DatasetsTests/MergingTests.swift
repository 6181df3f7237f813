import Datasets
import Raster
import Testing

struct MergingTests {
  private let canvas = PixelSize(width: 24, height: 20)

  /// Whether two layers share a pixel with alpha above 0, pixel by pixel.
  private func overlap(_ one: ExtractedLayer, _ two: ExtractedLayer) throws -> Bool {
    let first = try one.pixels.onCanvas(canvas).pixels
    let second = try two.pixels.onCanvas(canvas).pixels
    return stride(from: 3, to: first.count, by: 4).contains { first[$0] > 0 && second[$0] > 0 }
  }

  /// The rule in words: the lowest group such that the layer meets nothing in it and in those above.
  private func groupsByTheRule(_ layers: [ExtractedLayer]) throws -> [[Int]] {
    var groups: [[Int]] = []
    for index in layers.indices {
      var place = groups.count
      while place > 0,
        try groups[place - 1].allSatisfy({ try !overlap(layers[$0], layers[index]) })
      {
        place -= 1
      }
      if place == groups.count { groups.append([]) }
      groups[place].append(index)
    }
    return groups
  }

  /// The length of the longest chain in which each layer overlaps the one before.
  private func longestChain(_ layers: [ExtractedLayer]) throws -> Int {
    var lengths: [Int] = []
    for index in layers.indices {
      var length = 1
      for lower in 0..<index where try overlap(layers[lower], layers[index]) {
        length = max(length, lengths[lower] + 1)
      }
      lengths.append(length)
    }
    return lengths.max() ?? 0
  }

  @Test(arguments: 0..<60) func randomStacksAreGroupedByTheRuleAndKeepTheirPicture(
    seed: Int
  ) throws {
    let layers = try Stacks.random(2 + seed % 14, on: canvas, seed: seed, largest: 5 + seed % 15)
    let merging = Merging(disjoint: layers.map(\.pixels), on: canvas)
    #expect(try merging.groups == groupsByTheRule(layers))
    #expect(try merging.groups.count == longestChain(layers))
    // Layers that overlap keep their order, and no layer is lost.
    let order = merging.groups.flatMap { $0 }
    #expect(order.sorted() == Array(layers.indices))
    for (place, index) in order.enumerated() {
      for later in order[(place + 1)...] where later < index {
        #expect(try !overlap(layers[later], layers[index]))
      }
    }
    let merged = try merging.flattened(layers)
    let difference = try Stacks.difference(
      Stacks.composite(layers, on: canvas), Stacks.composite(merged, on: canvas))
    #expect(difference <= 1)
  }

  /// Every way to put at most 6 layers into groups in order, tried one after the other.
  @Test(arguments: 0..<25) func noGroupingThatKeepsThePictureHasFewerGroups(seed: Int) throws {
    let layers = try Stacks.random(2 + seed % 5, on: canvas, seed: 100 + seed, largest: 14)
    var fewest = layers.count
    func place(_ index: Int, _ groups: [Int]) throws {
      guard index < layers.count else {
        fewest = min(fewest, Set(groups).count)
        return
      }
      for group in 0..<layers.count {
        // A group below that of a layer it covers, or the same one, would change the picture.
        let isSound = try (0..<index).allSatisfy { lower in
          try groups[lower] < group || !overlap(layers[lower], layers[index])
        }
        if isSound { try place(index + 1, groups + [group]) }
      }
    }
    try place(0, [])
    #expect(Merging(disjoint: layers.map(\.pixels), on: canvas).groups.count == fewest)
  }

  @Test func layersThatShareOnePixelStayApart() throws {
    let one = try Stacks.layer("a", x: 0, y: 0, width: 5, height: 5, color: (255, 0, 0))
    let two = try Stacks.layer("b", x: 4, y: 4, width: 5, height: 5, color: (0, 255, 0))
    let three = try Stacks.layer("c", x: 5, y: 0, width: 5, height: 4, color: (0, 0, 255))
    let merging = Merging(disjoint: [one, two, three].map(\.pixels), on: canvas)
    #expect(merging.groups == [[0, 2], [1]])
  }

  @Test func nestedBoxesStayApartAndFramesAroundThemDoNot() throws {
    let box = try Stacks.layer("box", x: 2, y: 2, width: 10, height: 10, color: (9, 9, 9))
    let inner = try Stacks.layer("inner", x: 4, y: 4, width: 4, height: 4, color: (200, 9, 9))
    // A frame whose box holds the inner one, and whose pixels do not touch it.
    var frame = try RasterImage(
      size: PixelSize(width: 8, height: 8),
      filledWith: RGBAPixel(red: 1, green: 2, blue: 3, alpha: 255))
    for y in 2..<6 { for x in 2..<6 { frame[x: x, y: y] = .clear } }
    let around = try Stacks.layer("frame", frame, x: 2, y: 2)
    let images = [box, inner, around].map(\.pixels)
    #expect(Merging(disjoint: images, on: canvas).groups == [[0], [1, 2]])
  }

  @Test func fiveHundredLayersThatAllOverlapStayApart() throws {
    let layers = try (0..<500).map { index in
      try Stacks.layer(
        "\(index)", x: 0, y: 0, width: 24, height: 20, color: (UInt8(index % 256), 0, 0), alpha: 9)
    }
    #expect(Merging(disjoint: layers.map(\.pixels), on: canvas).groups.count == 500)
  }

  @Test func fiveHundredLayersThatNeverOverlapBecomeOne() throws {
    let wide = PixelSize(width: 1000, height: 8)
    let layers = try (0..<500).map { index in
      try Stacks.layer(
        "\(index)", x: 2 * index, y: 0, width: 1, height: 8, color: (UInt8(index % 256), 0, 0))
    }
    let merging = Merging(disjoint: layers.map(\.pixels), on: wide)
    #expect(merging.groups.count == 1)
    let merged = try merging.flattened(layers)
    #expect(try Stacks.composite(merged, on: wide) == Stacks.composite(layers, on: wide))
  }

  @Test func fiveHundredLargeLayersAreMergedAndCapped() throws {
    let large = PixelSize(width: 1024, height: 1024)
    let layers = try Stacks.random(500, on: large, seed: 5, largest: 300)
    var merging = Merging(disjoint: layers.map(\.pixels), on: large)
    merging.cap(at: 20, of: layers.map(\.pixels))
    let merged = try merging.flattened(layers)
    #expect(merged.count == 20)
    let difference = try Stacks.difference(
      Stacks.composite(merged, on: large), Stacks.composite(layers, on: large))
    // Rounding of 500 layers one by one against that of 20.
    #expect(difference <= 4)
  }

  @Test func capMergesTheNeighborOfWhichLeastShows() throws {
    let sizes = [(24, 20), (10, 10), (2, 2), (12, 12)]
    let layers = try sizes.enumerated().map { index, size in
      try Stacks.layer(
        "\(index)", x: 0, y: 0, width: size.0, height: size.1, color: (UInt8(index * 50), 0, 0))
    }
    var merging = Merging(separate: 4)
    merging.cap(at: 3, of: layers.map(\.pixels))
    #expect(merging.groups == [[0], [1, 2], [3]])
    merging.cap(at: 1, of: layers.map(\.pixels))
    #expect(merging.groups == [[0, 1, 2, 3]])
  }

  @Test func aMergedLayerHasTheNamesAndWordsOfAll() throws {
    var one = try Stacks.layer("a", x: 0, y: 0, width: 2, height: 2, color: (1, 2, 3))
    one.text = "SALE"
    let two = try Stacks.layer("b", x: 5, y: 5, width: 2, height: 2, color: (1, 2, 3))
    let merged = try Merging(disjoint: [one.pixels, two.pixels], on: canvas).flattened([one, two])
    #expect(merged.map(\.name) == ["a + b"])
    #expect(merged.map(\.path) == ["a+b"])
    #expect(merged.first?.text == "SALE")
    #expect(merged.first?.pixels.frame == PixelRectangle(x: 0, y: 0, width: 7, height: 7))
  }
}
