import PerceptualMetrics
import Settings

/// Everything that training the autoencoder is told, from a YAML file; see `Recipes/vae.yaml`.
package struct AutoencoderTrainingConfiguration: Hashable, Sendable {
  /// A network whose judgement of likeness is part of the loss.
  package struct Perception: Hashable, Sendable {
    package var trunk: PerceptualDistance.Trunk
    /// A safetensors file of its weights, as `make metrics` makes it.
    package var weights: String
    /// A factor of the distance.
    package var weight: Double
  }

  /// A network that learns to tell pictures from the autoencoder's.
  package struct Adversary: Hashable, Sendable {
    /// A factor of its part of the loss, beside the one that makes its gradient as long as that of the other parts.
    package var weight: Double
    /// The step from which it takes part, so that there is something to judge.
    package var start: Int
    /// Channels of its first layer.
    package var width: Int
  }

  /// What `latents_mean` and `latents_std` of the trained model are.
  package enum Statistics: String, CaseIterable, Hashable, Sendable {
    /// Those that it started from, so that a transformer that knows them stays of use.
    case keep
    /// Those of the trained latents, as a new transformer wants them.
    case measure
  }

  package var run: RunSettings
  /// The folder of an autoencoder to begin with, of opaque pictures or layers; nil: the model's own.
  package var start: String?
  /// Pictures are cut to squares of this many pixels a side; smaller ones are enlarged to it.
  package var side: Int
  /// Pictures of a batch.
  package var batchPictureCount: Int
  /// How often a sample's composite is learnt from; else it is one of its layers.
  package var compositeShare: Double
  /// How often a layer is laid over a random colour before.
  package var blendedShare: Double
  /// nil: the loss knows colour differences alone.
  package var perception: Perception?
  /// The factor of the mean absolute error of alpha, which keeps a haze from what should be clear.
  package var alphaWeight: Double
  /// The factor of the divergence of the latents from standard normal ones.
  package var divergenceWeight: Double
  package var adversary: Adversary?
  package var statistics: Statistics

  /// Reads a file.
  ///
  /// - Parameter path: A YAML file; paths in it are relative to the folder that the program runs in.
  /// - Throws: `SettingsError` that names the key.
  package init(path: String) throws(SettingsError) {
    try self.init(SettingsFile.read(path))
  }

  /// Takes settings that were read.
  package init(_ root: SettingsSection) throws(SettingsError) {
    run = try RunSettings(root)
    start = try root.text("start")
    batchPictureCount = try root.section("batch").integer("pictures", in: 1...4096) ?? 8

    let pictures = try root.section("pictures")
    side = try pictures.integer("side", in: 32...2048) ?? 256
    guard side.isMultiple(of: 32) else {
      throw pictures.error("side", "\(side) is not a multiple of 32")
    }
    compositeShare = try pictures.real("composites", in: 0...1) ?? 0.3
    blendedShare = try pictures.real("blended", in: 0...1) ?? 0.3

    let loss = try root.section("loss")
    alphaWeight = try loss.real("alpha", in: 0...1e6) ?? 0
    divergenceWeight = try loss.real("divergence", in: 0...1e6) ?? 1e-6
    perception =
      loss.has("perceptual") ? try Perception(loss.section("perceptual")) : nil
    adversary =
      loss.has("adversarial") ? try Adversary(loss.section("adversarial")) : nil
    statistics = try root.section("latents").choice("statistics") ?? .keep
    try root.finish()
  }

  /// The settings that decide what the numbers of a run are, by name.
  var identity: [String: String] {
    run.identity.merging([
      "start": start ?? "the model's", "side": "\(side)",
      "pictures": "\(batchPictureCount)", "composites": "\(compositeShare)",
      "blended": "\(blendedShare)", "perceptual": perception.map { "\($0)" } ?? "none",
      "alpha": "\(alphaWeight)", "divergence": "\(divergenceWeight)",
      "adversarial": adversary.map { "\($0)" } ?? "none",
    ]) { $1 }
  }
}

extension AutoencoderTrainingConfiguration.Perception {
  fileprivate init(_ section: SettingsSection) throws(SettingsError) {
    trunk = try section.choice("network") ?? .alexNet
    guard let weights = try section.text("weights") else {
      throw section.error("weights", "is missing; 'make metrics' makes such a file")
    }
    self.weights = weights
    weight = try section.real("weight", in: 0...1e6) ?? 0.5
  }
}

extension AutoencoderTrainingConfiguration.Adversary {
  fileprivate init(_ section: SettingsSection) throws(SettingsError) {
    weight = try section.real("weight", in: 0...1e6) ?? 0.5
    start = try section.integer("start", in: 0...1_000_000_000) ?? 4000
    width = try section.integer("width", in: 1...1024) ?? 64
  }
}
