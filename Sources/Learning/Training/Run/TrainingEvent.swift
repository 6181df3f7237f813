/// What a run of training tells about its progress.
package enum TrainingEvent: Sendable {
  /// Something odd that does not end the run.
  case warning(String)
  /// Latents and features of samples are being made.
  case encoded(count: Int, of: Int)
  /// What the run is about to do.
  case started(parameterCount: Int, sampleCount: Int, step: Int, of: Int)
  /// The run goes on from a checkpoint.
  case resumed(path: String)
  case stepped(TrainingMetrics)
  case checkpoint(path: String)
  case sheet(path: String)
}

/// The numbers of one step, as a line of `metrics.jsonl`.
package struct TrainingMetrics: Codable, Hashable, Sendable {
  /// From 1.
  package var step: Int
  package var stepCount: Int
  package var epoch: Int
  /// The mean over the step's samples; nil where it is not finite.
  package var loss: Double?
  /// What the loss is made of, by name, before it is weighted; nil where it has one part.
  package var parts: [String: Double]?
  /// The length of the gradient before it was shortened; nil where it is not finite.
  package var gradientNorm: Double?
  package var learningRate: Double
  /// Whether the step was left out because something was not finite.
  package var isSkipped: Bool
  package var sampleCount: Int
  /// Of pictures and prompts, or of latents.
  package var tokenCount: Int
  /// That the step took, without checkpoints and sheets.
  package var seconds: Double
}
