import Diffusion
import DiffusionTransformer
import TextEncoder
import Torch

/// The stage that turns noise into the latents of the composite and of every layer.
package struct Denoising {
  private let transformer: QwenImageTransformer
  private let scheduler: FlowMatchEulerScheduler
  private let guidance: ClassifierFreeGuidance?
  private let grid: TokenGrid

  /// - Parameters:
  ///   - transformer: Predicts the velocity.
  ///   - scheduler: The steps to take.
  ///   - guidance: nil: the negative prompt takes no part.
  ///   - grid: Of every frame and of the condition.
  package init(
    _ transformer: QwenImageTransformer, scheduler: FlowMatchEulerScheduler,
    guidance: ClassifierFreeGuidance?, grid: TokenGrid
  ) {
    self.transformer = transformer
    self.scheduler = scheduler
    self.guidance = guidance
    self.grid = grid
  }

  /// Takes all steps.
  ///
  /// - Parameters:
  ///   - latents: Packed noise, shape `[B, S_target, 64]`.
  ///   - condition: Packed latents of the pictures, shape `[B, S_condition, 64]`; nil: the prompt alone tells what to make.
  ///   - prompt: Features for B samples.
  ///   - negative: Features for B samples; read where there is guidance.
  ///   - report: Told of every step taken, from 1.
  /// - Returns: Packed latents without noise, shape and type of `latents`.
  /// - Throws: `CancellationError` between steps, ``NonFiniteLatents``, ``TorchError``.
  package func callAsFunction(
    _ latents: Tensor, condition: Tensor?, prompt: PromptFeatures, negative: PromptFeatures?,
    report: (_ step: Int, _ count: Int) -> Void
  ) throws -> Tensor {
    let (B, S, _) = try latents.dimensions()
    let pictureCount = S / grid.tokenCount + (condition == nil ? 0 : 1)
    let layout = TokenLayout(
      grids: Array(repeating: grid, count: pictureCount), hasCondition: condition != nil)
    var latents = latents
    for step in scheduler.steps {
      try Task.checkCancellation()
      let input =
        try condition.map { clean throws(TorchError) in
          try Tensor(concatenating: [latents, clean], along: 1)
        } ?? latents
      let time = try scheduler.modelTime(
        of: step, batch: B, dtype: latents.dtype, device: latents.device)
      func velocity(_ prompt: PromptFeatures) throws(TorchError) -> Tensor {
        try transformer(
          input, layout: layout, prompt: prompt.embeddings, promptMask: prompt.mask, time: time)
      }
      var prediction = try velocity(prompt)
      if let guidance, let negative {
        try Task.checkCancellation()
        prediction = try guidance.combine(positive: prediction, negative: velocity(negative))
      }
      latents = try scheduler.advance(latents, along: prediction, over: step)
      guard try latents.isFinite() else { throw NonFiniteLatents(step: step.index + 1) }
      report(step.index + 1, scheduler.steps.count)
    }
    return latents
  }
}

/// Latents that became infinite or not a number: a weight is at fault, or the precision.
package struct NonFiniteLatents: Error, Hashable, Sendable, CustomStringConvertible {
  package let step: Int
  /// The first weight that is not finite, where one was found.
  package var weight: String?

  package init(step: Int, weight: String? = nil) {
    self.step = step
    self.weight = weight
  }

  package var description: String {
    let cause = weight.map { "the weight '\($0)' is not finite" } ?? "all weights are finite"
    return "the latents are not finite after step \(step): \(cause)"
  }
}
