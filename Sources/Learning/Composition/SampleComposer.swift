import Assets
import Digests
import ImageCodecs
import Raster
import Shards

/// How samples are composed.
package struct CompositionOptions: Hashable, Sendable, Codable {
  package var seed: UInt64 = 0
  /// Pixels of a side of the canvas, which is a square.
  package var side = 256
  /// Layers of a sample, the background among them.
  package var minimumLayerCount = 2
  package var maximumLayerCount = 8
  package var split = AssetSplit.train

  package init() {}
}

/// Why no samples can be composed.
package enum CompositionError: Error, Hashable, Sendable, CustomStringConvertible {
  case outOfRange(String)
  /// The pack has nothing of a kind for the split.
  case lacks(AssetKind, AssetSplit)
  /// No try gave a sample whose layers all show.
  case noSample(Int)

  /// One line.
  package var description: String {
    switch self {
    case .outOfRange(let text): text
    case .lacks(let kind, let split): "the pack has no \(kind.rawValue) for \(split.rawValue)"
    case .noSample(let index):
      "sample \(index): no composition of these assets has the wanted layers"
    }
  }
}

/// Composes samples from a pack of assets; each depends on pack, options and its number only.
package struct SampleComposer: Sendable {
  package let options: CompositionOptions
  private let choice: AssetChoice

  /// The version of the compositions; the same version draws the same.
  package static let version = 2
  private static let attemptCount = 24

  /// - Throws: ``CompositionError``.
  package init(pack: AssetPack, options: CompositionOptions) throws(CompositionError) {
    guard (64...2048).contains(options.side) else {
      throw .outOfRange("a side of \(options.side) pixels is not in 64...2048")
    }
    let layers =
      options.minimumLayerCount...max(options.minimumLayerCount, options.maximumLayerCount)
    guard options.minimumLayerCount >= 2, options.maximumLayerCount == layers.upperBound,
      options.maximumLayerCount <= 12
    else {
      throw .outOfRange(
        "\(options.minimumLayerCount)..\(options.maximumLayerCount) layers are not in 2..12")
    }
    choice = AssetChoice(pack, split: options.split)
    for (kind, isThere) in [
      (AssetKind.photo, !choice.photos.isEmpty), (.object, !choice.objects.isEmpty),
      (.word, !choice.faces.isEmpty),
    ] where !isThere {
      throw .lacks(kind, options.split)
    }
    self.options = options
  }

  /// The key of a sample.
  package func key(_ index: Int) -> String {
    "syn-\(options.split.rawValue)-\(options.seed)-\(String(repeating: "0", count: max(0, 8 - "\(index)".utf8.count)))\(index)"
  }

  /// Composes a sample: layers back to front, of which each shows in the composite.
  ///
  /// - Parameter index: 0 or more.
  /// - Returns: The sample.
  /// - Throws: `AssetPackError` for a damaged picture, ``CompositionError/noSample(_:)``, `SampleFault`.
  package func sample(_ index: Int) throws -> TrainingSample {
    for attempt in 0..<Self.attemptCount {
      var random = SeededRandom(seed: options.seed, at: [index, attempt])
      let count = random.integer(in: options.minimumLayerCount...options.maximumLayerCount)
      let layout = random.element(of: Layout.allCases.filter { $0.leastLayerCount <= count })
      let canvas = PixelSize(width: options.side, height: options.side)
      let palette = Palette(&random)
      var sketch = Sketch(
        canvas: canvas, choice: choice, random: random, palette: palette,
        picture: try RasterImage(size: canvas))
      if let layers = try drawn(layout, count, &sketch) {
        return try finished(layers, layout, index, canvas)
      }
    }
    throw CompositionError.noSample(index)
  }

  /// The layers of a design; `nil` where too few of them show.
  private func drawn(
    _ layout: Layout, _ count: Int, _ sketch: inout Sketch
  ) throws -> [DrawnLayer]? {
    let ground = try sketch.background(layout.grounds)
    var stack = VisibleStack(on: sketch.canvas)
    stack.append(ground)
    sketch.picture = stack.picture
    let chosen = sketch.plan(layout, layerCount: count).prefix(count - 1)
    for (_, element) in chosen.enumerated().sorted(by: {
      ($0.element.depth, $0.offset) < ($1.element.depth, $1.offset)
    }) {
      guard let layer = try element.draw(&sketch) else { continue }
      stack.append(layer)
      sketch.picture = stack.picture
    }
    // One that goes may uncover nothing new, so one pass after the other until all show.
    while let hidden = stack.firstHidden { stack.remove(at: hidden) }
    return stack.layers.count >= options.minimumLayerCount ? stack.layers : nil
  }

  private func finished(
    _ layers: [DrawnLayer], _ layout: Layout, _ index: Int, _ canvas: PixelSize
  ) throws -> TrainingSample {
    let images = try layers.map { layer in
      var image = try RasterImage(size: canvas)
      let frame = layer.pixels.frame
      image.updatePixels { target in
        layer.pixels.bytes.withUnsafeBufferPointer { source in
          for y in 0..<frame.height {
            let to = ((frame.y + y) * canvas.width + frame.x) * 4
            let from = y * frame.width * 4
            for offset in 0..<frame.width * 4 { target[to + offset] = source[from + offset] }
          }
        }
      }
      return image
    }
    let stack = try LayerStack(canvas: canvas, layers: images)
    let identity = "\(choice.pack.hash)\n\(Self.version)\n\(options)\n\(index)"
    return try TrainingSample(
      key: key(index), composite: stack.composite(), layers: stack, names: layers.map(\.name),
      caption: Self.caption(of: layers, layout, on: canvas), category: layout.rawValue,
      sourceHash: SHA256.hexadecimal(of: Array(identity.utf8)))
  }

  /// Words for what is there, from the front.
  private static func caption(
    of layers: [DrawnLayer], _ layout: Layout, on canvas: PixelSize
  ) -> Caption {
    let kind = layout.rawValue.split(separator: "-").joined(separator: " ")
    let parts = layers.dropFirst().reversed().map { layer in
      "\(layer.phrase) \(place(of: layer.pixels.frame, on: canvas))"
    }
    let ground = layers.first?.phrase ?? "a background"
    return Caption(
      "\(article(kind) == "an" ? "An" : "A") \(kind) on \(ground): \(parts.joined(separator: "; ")).",
      by: "template")
  }

  private static func place(of frame: PixelRectangle, on canvas: PixelSize) -> String {
    func third(_ first: Int, _ length: Int, _ side: Int, _ names: [String]) -> String {
      names[max(0, min(2, (2 * first + length) * 3 / (2 * max(1, side))))]
    }
    let across = third(frame.x, frame.width, canvas.width, ["left", "center", "right"])
    let down = third(frame.y, frame.height, canvas.height, ["top", "middle", "bottom"])
    switch (down, across) {
    case ("middle", "center"): return "in the middle"
    case (_, "center"): return "at the \(down)"
    case ("middle", _): return "on the \(across)"
    default: return "at the \(down) \(across)"
    }
  }
}
