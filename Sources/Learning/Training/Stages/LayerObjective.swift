import AtomicFiles
import DiffusionTransformer
import LayerDecomposition
import Torch

/// The velocity from data to noise that the transformer is to tell of pictures and layers.
struct LayerObjective: TrainingObjective {
  private let weights: TrainedWeights<QwenImageTransformer>
  private let assembly: BatchAssembly
  private let backward: BackwardPass

  init(
    _ weights: TrainedWeights<QwenImageTransformer>, cache: LatentCache,
    configuration: TrainingConfiguration, placement: Placement
  ) {
    self.weights = weights
    assembly = BatchAssembly(
      cache: cache, configuration: configuration, dtype: placement.dtype, device: placement.device)
    backward = BackwardPass(
      weights.network, parameters: weights.parameters, recomputes: configuration.recomputesBlocks)
  }

  var parameters: [(key: String, tensor: Tensor)] { weights.parameters }
  var gradientOrder: [Int] { backward.order }

  func batches(ofEpoch epoch: Int) -> [TrainingBatch] {
    EpochPlan(
      epoch: epoch, entries: assembly.cache.entries, configuration: assembly.configuration
    ).batches
  }

  func read(
    _ batch: TrainingBatch, epoch: Int, skip: (_ index: Int, _ error: any Error) throws -> Void
  ) throws -> AssembledBatch? {
    try assembly(batch, epoch: epoch, skip: skip)
  }

  func losses(
    of batch: AssembledBatch, step: Int, sampleCount: Int,
    receive: (_ index: Int, _ gradient: Tensor) throws -> Void
  ) throws -> [Double] {
    let loss = try backward {
      try weights.network.begin(
        batch.input, layout: batch.layout, prompt: batch.prompt, promptMask: batch.promptMask,
        time: batch.time, additionalCondition: batch.additionalCondition)
    } loss: { velocity in
      try FlowMatching.losses(of: velocity, data: batch.data, noise: batch.noise).sum()
        / Double(sampleCount)
    } receive: { index, gradient in
      try receive(index, gradient)
    }
    return try loss.values(as: Double.self)
  }

  func write(to output: AtomicFolder, values: [Tensor]) throws {
    try weights.write(to: output, values: values[...])
  }
}
