import Raster

/// A picture to take apart.
public struct DecompositionRequest: Hashable, Sendable {
  /// Its alpha is not read: the model was trained on opaque pictures, so every pixel counts as opaque.
  public var picture: RasterImage
  /// What the whole picture shows; nil, empty or one space: the text encoder describes it.
  public var prompt: String?
  /// The noise to start from; nil: drawn from the seed.
  public var noise: NumberArray?

  /// Asks for a picture; what is left out is found by the run.
  public init(picture: RasterImage, prompt: String? = nil, noise: NumberArray? = nil) {
    self.picture = picture
    self.prompt = prompt
    self.noise = noise
  }
}

/// What a picture was taken apart into.
public struct Decomposition: Sendable {
  /// The layers from the bottom up, at the working size.
  public let stack: LayerStack
  /// The picture at the working size, opaque.
  public let picture: RasterImage
  /// The prompt that was used, given or found.
  public let prompt: String
  /// How well the layers give the picture back.
  public let recomposition: Recomposition
  /// The tensors of the run, for comparison with other programs.
  public let record: DecompositionRecord
}

/// Float32 numbers in row-major order with their shape; what crosses where a tensor cannot.
public struct NumberArray: Hashable, Sendable {
  /// The length of each axis.
  public let shape: [Int]
  /// As many as the product of the lengths.
  public let values: [Float]

  /// - Returns: nil where the count does not fit the shape.
  public init?(shape: [Int], values: [Float]) {
    var count = 1
    for length in shape {
      let (product, overflow) = count.multipliedReportingOverflow(by: length)
      guard length >= 0, !overflow else { return nil }
      count = product
    }
    guard count == values.count else { return nil }
    self.shape = shape
    self.values = values
  }
}

/// The numbers at the stages of a run.
public struct DecompositionRecord: Sendable {
  /// Text features, shape `[1, T, textWidth]`.
  public let promptFeatures: NumberArray
  /// The packed latents of the picture, shape `[1, S, 64]`.
  public let conditionLatents: NumberArray
  /// The packed latents of the composite and of every layer after the last step, shape `[1, (layers + 1) S, 64]`.
  public let finalLatents: NumberArray
  /// The noise levels and the final 0.
  public let sigmas: [Float]
}

/// What a run tells about its progress.
public enum DecompositionEvent: Hashable, Sendable {
  /// Something odd that does not end the run.
  case warning(String)
  /// What the component that needs most will need of memory, by an estimate.
  case planned(component: String, weightByteCount: Int, activationByteCount: Int)
  /// A component's files are mapped and its weights converted as needed; bytes of its weights.
  case loaded(component: String, weightByteCount: Int)
  /// A component has done its work: what was planned for it, and the most memory that the whole process held meanwhile.
  case released(
    component: String, weightByteCount: Int, activationByteCount: Int, peakByteCount: Int)
  /// Tokens of the caption of a picture so far.
  case captioning(picture: Int, tokenCount: Int)
  case captioned(picture: Int, text: String)
  /// Layer latents have taken a denoising step.
  case denoised(picture: Int, step: Int, of: Int)
  case decoded(picture: Int, layer: Int, of: Int)
}
