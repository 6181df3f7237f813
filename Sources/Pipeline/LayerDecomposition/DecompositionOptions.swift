import Diffusion
import Raster
import TextEncoder

/// How a picture is taken apart.
///
/// Each value is checked when the run begins. The defaults are those of the official application; diffusers' own call
/// has no negative prompt, no normalisation and Chinese captions.
public struct DecompositionOptions: Hashable, Sendable {
  /// The type in which the networks compute.
  public enum Precision: String, CaseIterable, Sendable {
    case bfloat16
    case float32
    /// bfloat16, but for the products of the transformer's blocks and the language model's layers: those are of int8, their
    /// weights rounded output by output and their inputs token by token.
    case int8
  }

  /// Where the networks compute.
  public enum ComputeDevice: String, CaseIterable, Sendable {
    case cpu
    case cuda
    case mps
  }

  /// Layers to find, 1...64.
  public var layerCount: Int
  /// The working area is about this many pixels squared; a multiple of 32 in 64...2048.
  public var resolution: Int
  /// Denoising steps, 1...1000.
  public var stepCount: Int
  /// Seeds torch's CPU generator, which reads the low 32 bits.
  public var seed: UInt64
  /// What steers away; nil: no guidance.
  public var negativePrompt: String?
  /// How far to steer from the negative prompt, 0...100; no guidance at 1 or below.
  public var guidanceScale: Double
  /// Whether guidance keeps the length of each token's velocity.
  public var normalizesGuidance: Bool
  /// Whether a picture without a prompt is described by the text encoder; else one space stands for its prompt.
  public var describesPictures: Bool
  /// The language in which a picture without a prompt is described.
  public var captionLanguage: CaptionLanguage
  /// The weights are converted to it; bfloat16, in which they were released, takes half the memory of float32.
  public var precision: Precision
  /// Noise is drawn on the CPU whatever the device, so a seed means the same everywhere.
  public var device: ComputeDevice
  /// The most text tokens that are kept of a prompt.
  public var maximumPromptTokenCount: Int

  /// Takes every value as it is; ``validate()`` says whether each is in its range.
  public init(
    layerCount: Int = 4, resolution: Int = 640, stepCount: Int = 50, seed: UInt64 = 777,
    negativePrompt: String? = " ", guidanceScale: Double = 4, normalizesGuidance: Bool = true,
    describesPictures: Bool = true, captionLanguage: CaptionLanguage = .english,
    precision: Precision = .bfloat16,
    device: ComputeDevice = .cpu, maximumPromptTokenCount: Int = 512
  ) {
    self.layerCount = layerCount
    self.resolution = resolution
    self.stepCount = stepCount
    self.seed = seed
    self.negativePrompt = negativePrompt
    self.guidanceScale = guidanceScale
    self.normalizesGuidance = normalizesGuidance
    self.describesPictures = describesPictures
    self.captionLanguage = captionLanguage
    self.precision = precision
    self.device = device
    self.maximumPromptTokenCount = maximumPromptTokenCount
  }

  /// - Throws: ``OptionError`` for the first value out of its range.
  public func validate() throws(OptionError) { try validate(layers: 1...64) }

  /// - Parameter layers: How many may be asked for.
  /// - Throws: ``OptionError`` for the first value out of its range.
  func validate(layers: ClosedRange<Int>) throws(OptionError) {
    try OptionError.check("layers", layerCount, in: layers)
    try OptionError.check("steps", stepCount, in: 1...1000)
    try OptionError.check("resolution", resolution, in: 64...2048)
    guard resolution.isMultiple(of: 32) else {
      throw OptionError(
        option: "resolution", value: String(resolution), reason: "is not a multiple of 32")
    }
    guard guidanceScale >= 0, guidanceScale <= 100 else {
      throw OptionError(
        option: "guidance-scale", value: String(guidanceScale), reason: "is not in 0...100")
    }
    try OptionError.check("maximum prompt tokens", maximumPromptTokenCount, in: 1...1024)
  }
}

extension DecompositionOptions {
  /// How far to steer from the negative prompt; nil where there is none or the scale is 1 or below.
  var guidance: ClassifierFreeGuidance? {
    guard negativePrompt != nil, guidanceScale > 1 else { return nil }
    return ClassifierFreeGuidance(scale: guidanceScale, isNormalized: normalizesGuidance)
  }

  /// The size at which the model works on a picture.
  ///
  /// - Parameter size: Of the picture.
  /// - Returns: Sides in multiples of 32.
  /// - Throws: ``UnsuitablePicture`` for one that is far too long.
  public func workingSize(of size: PixelSize) throws(UnsuitablePicture) -> PixelSize {
    guard let fitting = WorkingSize.fitting(size, resolution: resolution) else {
      throw UnsuitablePicture(size: size, resolution: resolution)
    }
    return fitting
  }
}

/// A picture so long that its short side would vanish at the working size.
public struct UnsuitablePicture: Error, Hashable, Sendable, CustomStringConvertible {
  /// The file, where the picture came from one.
  public var path: String?
  /// Of the picture.
  public let size: PixelSize
  /// That was asked for.
  public let resolution: Int

  package init(size: PixelSize, resolution: Int) {
    self.size = size
    self.resolution = resolution
  }

  /// The file, the size and the resolution, in one line.
  public var description: String {
    let name = path.map { "\($0): " } ?? ""
    return "\(name)a picture of \(size) pixels is too long for the resolution \(resolution)"
  }
}

/// An option whose value is out of its range.
public struct OptionError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The option's name on the command line, without dashes.
  public let option: String
  /// What it was set to.
  public let value: String
  /// A clause that goes on after the value, such as "is not in 1...64".
  public let reason: String

  /// Option, value and reason as one line.
  public var description: String { "\(option) \(value) \(reason)" }

  package init(option: String, value: String, reason: String) {
    self.option = option
    self.value = value
    self.reason = reason
  }

  fileprivate static func check(
    _ option: String, _ value: Int, in range: ClosedRange<Int>
  ) throws(OptionError) {
    guard range.contains(value) else {
      throw OptionError(
        option: option, value: String(value),
        reason: "is not in \(range.lowerBound)...\(range.upperBound)")
    }
  }
}
