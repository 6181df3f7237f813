import Assets
import Composition
import LearningTesting
import Raster
import Shards
import Testing

private func composer(
  split: AssetSplit = .train, side: Int = 96, layers: ClosedRange<Int> = 2...8
) throws -> SampleComposer {
  var options = CompositionOptions()
  options.seed = 7
  options.side = side
  options.split = split
  options.minimumLayerCount = layers.lowerBound
  options.maximumLayerCount = layers.upperBound
  return try SampleComposer(
    pack: AssetPack(try DrawnPack.file(), named: "drawn.pack"), options: options)
}

@Test func layersGiveTheCompositeExactly() throws {
  let composer = try composer()
  for index in 0..<40 {
    let sample = try composer.sample(index)
    #expect(sample.layers.composite() == sample.composite)
    #expect(sample.composite.isOpaque)
    #expect((2...8).contains(sample.layers.layers.count))
  }
}

@Test func everyLayerShowsInTheComposite() throws {
  let composer = try composer()
  for index in 0..<25 {
    let sample = try composer.sample(index)
    let layers = sample.layers.layers
    for place in layers.indices {
      var others = layers
      others.remove(at: place)
      let composite = try LayerStack(canvas: sample.canvas, layers: others).composite()
      var changed = 0
      for first in stride(from: 0, to: composite.pixels.count, by: 4) {
        let isChanged = (first..<first + 4).contains {
          abs(Int(composite.pixels[$0]) - Int(sample.composite.pixels[$0])) >= 8
        }
        if isChanged { changed += 1 }
      }
      #expect(changed >= 12, "layer \(place) of sample \(index)")
    }
  }
}

@Test func colorsUnderAlphaZeroAreZero() throws {
  let composer = try composer()
  for index in 0..<10 {
    for layer in try composer.sample(index).layers.layers {
      for first in stride(from: 0, to: layer.pixels.count, by: 4) where layer.pixels[first + 3] == 0
      {
        #expect(layer.pixels[first..<first + 3].allSatisfy { $0 == 0 })
      }
    }
  }
}

@Test func sampleDependsOnItsNumberAlone() throws {
  let one = try composer()
  let other = try composer()
  let forward = try (0..<8).map(one.sample)
  let backward = try (0..<8).reversed().map(other.sample)
  #expect(forward == backward.reversed())
  #expect(Set(forward.map(\.composite)).count == 8)
}

@Test func captionsSayWhatIsThere() throws {
  let composer = try composer()
  for index in 0..<30 {
    let caption = try composer.sample(index).description.caption
    #expect(caption.author == "template")
    #expect(caption.text.hasPrefix("A"))
    #expect(caption.text.hasSuffix("."))
    #expect(caption.text.contains(" on a"))
  }
}

@Test func layerCountsKeepTheirBounds() throws {
  let composer = try composer(layers: 3...4)
  for index in 0..<20 {
    #expect((3...4).contains(try composer.sample(index).layers.layers.count))
  }
}

@Test(arguments: AssetSplit.allCases) func everySplitComposes(split: AssetSplit) throws {
  let sample = try composer(split: split).sample(0)
  #expect(sample.key == "syn-\(split.rawValue)-7-00000000")
}

@Test func packWithoutPhotographsIsRefused() throws {
  let pack = try AssetPack(try AssetPackWriter().file(), named: "empty.pack")
  #expect(throws: CompositionError.lacks(.photo, .train)) {
    try SampleComposer(pack: pack, options: CompositionOptions())
  }
}
