extension TrainingRun {
  /// Takes the steps that are left, and writes logs, sheets and checkpoints in between.
  ///
  /// A cancelled task writes a checkpoint after the step at work and then throws.
  ///
  /// - Parameters:
  ///   - output: The run's folder.
  ///   - sampleCount: Samples to learn from.
  ///   - drawSheet: Draws a sheet of samples after that step, for its path.
  /// - Throws: `CancellationError`, ``TooManySkippedSteps``, what steps and files throw.
  func finish(
    in output: String, sampleCount: Int, drawSheet: (_ step: Int) throws -> String
  ) throws {
    let log =
      isFirst ? try MetricsLog(path: output + "/metrics.jsonl", upToStep: state.step) : nil
    let board = isFirst ? try TensorBoardFile(in: output, after: state.step) : nil
    report(
      .started(
        parameterCount: parameters.reduce(0) { $0 + $1.tensor.elementCount },
        sampleCount: sampleCount, step: state.step, of: settings.stepCount))
    while state.step < settings.stepCount {
      let metrics = try step()
      try log?.append(metrics)
      try board?.append(metrics.curves, step: metrics.step)
      report(.stepped(metrics))
      if isFirst, let interval = settings.sheetInterval, state.step.isMultiple(of: interval) {
        report(.sheet(path: try drawSheet(state.step)))
      }
      let isLast = state.step == settings.stepCount
      let isCancelled = try isCancelled()
      if isLast || isCancelled || state.step.isMultiple(of: settings.checkpointInterval) {
        try save()
      }
      if isCancelled { throw CancellationError() }
    }
  }
}

extension TrainingMetrics {
  /// What TensorBoard draws.
  fileprivate var curves: [(name: String, value: Double)] {
    [
      ("loss", loss), ("gradient norm", gradientNorm), ("learning rate", learningRate),
      ("tokens per second", Double(tokenCount) / max(seconds, 1e-9)),
    ].compactMap { name, value in value.map { (name, $0) } }
      + (parts ?? [:]).sorted { $0.key < $1.key }.map { ("loss/" + $0.key, $0.value) }
  }
}
