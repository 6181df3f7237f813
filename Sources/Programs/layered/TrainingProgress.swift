import Training

extension ProgressDisplay {
  /// Tells of a run of training.
  func show(_ event: TrainingEvent) {
    switch event {
    case .warning(let text): line("warning: \(text)", evenIfQuiet: true)
    case .encoded(let count, let total):
      status("encoding samples: \(count) of \(total)")
      if count == total { finish() }
    case .started(let parameterCount, let sampleCount, let step, let stepCount):
      line(
        "training \(Self.tenths(Double(parameterCount) / 1e6)) million parameters on \(sampleCount) "
          + "samples, from step \(step) to \(stepCount)")
    case .resumed(let path): line("goes on from \(path)")
    case .stepped(let metrics): status(Self.text(of: metrics))
    case .checkpoint(let path): line("wrote \(path)")
    case .sheet(let path): line("drew \(path)")
    }
  }

  private static func text(of metrics: TrainingMetrics) -> String {
    let loss = metrics.loss.map { "loss \(digits($0))" } ?? "loss not finite"
    let norm = metrics.gradientNorm.map { ", gradient \(digits($0))" } ?? ""
    let seconds = max(metrics.seconds, 1e-9)
    let left = Double(metrics.stepCount - metrics.step) * seconds
    return "step \(metrics.step) of \(metrics.stepCount): \(loss)\(norm)"
      + (metrics.isSkipped ? ", skipped" : "")
      + ", \(Int(min(Double(metrics.tokenCount) / seconds, 1e12))) tokens/s, \(time(left)) left"
  }

  /// Four significant digits.
  private static func digits(_ value: Double) -> String {
    guard value != 0, value.isFinite else { return "\(value)" }
    var scale = 1.0
    while value.magnitude * scale < 1000, scale < 1e12 { scale *= 10 }
    return "\((value * scale).rounded() / scale)"
  }
}
