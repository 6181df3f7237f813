import LayerDecomposition
import Raster
import Shards
import Torch

/// Some pictures with transparency as a tensor.
struct PictureBatch: TrainingBatchCounts {
  /// `[B, 4, S, S]`, in -1...1.
  let pictures: Tensor
  /// Of the noise on the latents.
  let seed: UInt64
  let tokenCount: Int

  var sampleCount: Int { pictures.shape[0] }
}

/// Cuts pictures out of samples: the composite or a layer, where something of it shows.
///
/// Which one, where, and over which colour are functions of seed, epoch and sample.
struct PictureBatches {
  let source: any SampleSource
  let configuration: AutoencoderTrainingConfiguration
  let dtype: DType
  let device: Device

  /// Places of samples, each once.
  func plan(ofEpoch epoch: Int) -> [[Int]] {
    var random = SeededRandom(seed: configuration.run.seed, for: .order, epoch)
    let order = (0..<source.sampleCount).shuffled(using: &random)
    let length = configuration.batchPictureCount
    return stride(from: 0, to: order.count, by: length).map {
      Array(order[$0..<min($0 + length, order.count)])
    }
  }

  /// - Parameters:
  ///   - places: Of the samples.
  ///   - epoch: Which decisions to make.
  ///   - skip: Told of a sample that cannot be read; it is left out.
  /// - Returns: `nil` where none could be read.
  /// - Throws: `TorchError`, and what `skip` throws.
  func read(
    _ places: [Int], epoch: Int, skip: (_ index: Int, _ error: any Error) throws -> Void
  ) throws -> PictureBatch? {
    var tensors: [Tensor] = []
    for place in places {
      do {
        tensors.append(try ImageEncoding.tensor(of: picture(at: place, epoch: epoch)))
      } catch {
        try skip(place, error)
      }
    }
    guard let first = places.first, !tensors.isEmpty else { return nil }
    var random = SeededRandom(seed: configuration.run.seed, for: .posterior, epoch, first)
    return PictureBatch(
      pictures: try Tensor(concatenating: tensors, along: 0).converted(to: dtype).moved(to: device),
      seed: random.generatorSeed(),
      tokenCount: tensors.count * (configuration.side / 8) * (configuration.side / 8))
  }

  /// A square of a sample's picture.
  func picture(at place: Int, epoch: Int) throws -> RasterImage {
    var random = SeededRandom(seed: configuration.run.seed, for: .picture, epoch, place)
    let sample = try source.trainingSample(at: place)
    let isComposite = random.uniform() < configuration.compositeShare
    let layers = sample.layers.layers
    let whole =
      isComposite ? sample.composite : layers[Int.random(in: layers.indices, using: &random)]
    let square = try square(of: whole, using: &random)
    guard !isComposite, random.uniform() < configuration.blendedShare else { return square }
    let colour = RGBAPixel(
      red: .random(in: 0...255, using: &random), green: .random(in: 0...255, using: &random),
      blue: .random(in: 0...255, using: &random), alpha: 255)
    let background = try RasterImage(size: square.size, filledWith: colour)
    return try LayerStack(canvas: square.size, layers: [background, square]).composite()
  }

  private func square(
    of whole: RasterImage, using random: inout SeededRandom
  ) throws -> RasterImage {
    let side = configuration.side
    var picture = whole
    let shortest = min(whole.size.width, whole.size.height)
    if shortest < side {
      func enlarged(_ length: Int) -> Int { max(side, length * side / max(shortest, 1)) }
      let size = PixelSize(
        width: enlarged(whole.size.width), height: enlarged(whole.size.height))
      picture = try whole.resized(to: size, using: .lanczos)
    }
    let box =
      picture.boundingBox
      ?? PixelRectangle(x: 0, y: 0, width: picture.size.width, height: picture.size.height)
    // Centred somewhere on what shows, and inside the picture.
    let x = Int.random(in: box.x..<box.x + box.width, using: &random) - side / 2
    let y = Int.random(in: box.y..<box.y + box.height, using: &random) - side / 2
    return picture.cropped(
      to: PixelRectangle(
        x: min(max(x, 0), picture.size.width - side), y: min(max(y, 0), picture.size.height - side),
        width: side, height: side))
  }
}
