import AtomicFiles
import Torch

/// How much a batch holds.
protocol TrainingBatchCounts {
  var sampleCount: Int { get }
  var tokenCount: Int { get }
}

/// What a run learns: whose numbers change, from which batches, by which loss.
///
/// All that a ``TrainingRun`` does, steps, checkpoints, several processes, is the same for every objective. Batches, noise
/// and other decisions are functions of seed, epoch and sample, so that a run goes on to the bit from any checkpoint.
protocol TrainingObjective {
  /// A batch by the places of its samples.
  associatedtype PlannedBatch
  /// A batch as tensors.
  associatedtype Batch: TrainingBatchCounts

  /// Names of the numbers that follow the loss in ``losses(of:step:sampleCount:receive:)``.
  static var partNames: [String] { get }

  /// What changes, by the keys of the networks.
  var parameters: [(key: String, tensor: Tensor)] { get }

  /// Indices of the parameters in the order in which their gradients come.
  var gradientOrder: [Int] { get }

  /// Ranges of the parameters whose gradients are shortened together; they cover all.
  var clippedTogether: [Range<Int>] { get }

  /// The batches of an epoch, in order.
  func batches(ofEpoch epoch: Int) -> [PlannedBatch]

  /// Reads the samples of a batch.
  ///
  /// - Parameters:
  ///   - batch: What to read.
  ///   - epoch: Which decisions to make.
  ///   - skip: Told of a sample that cannot be read; it is left out.
  /// - Returns: `nil` where no sample of it could be read.
  /// - Throws: `TorchError`, and what `skip` throws.
  func read(
    _ batch: PlannedBatch, epoch: Int, skip: (_ index: Int, _ error: any Error) throws -> Void
  ) throws -> Batch?

  /// Computes a batch's share of the loss of a step, and the gradients of it.
  ///
  /// - Parameters:
  ///   - batch: The samples.
  ///   - step: How many steps were taken before.
  ///   - sampleCount: Samples of the whole step, over which the loss is the mean.
  ///   - receive: Given the index of a parameter and its gradient as soon as that is there.
  /// - Returns: The loss, then its parts in the order of ``partNames``.
  /// - Throws: ``TorchError``, and what `receive` throws.
  func losses(
    of batch: Batch, step: Int, sampleCount: Int,
    receive: (_ index: Int, _ gradient: Tensor) throws -> Void
  ) throws -> [Double]

  /// Writes the model of a checkpoint.
  ///
  /// - Parameters:
  ///   - output: The folder in the making.
  ///   - values: For each parameter the numbers to write.
  /// - Throws: `OutputError`, `TorchError`.
  func write(to output: AtomicFolder, values: [Tensor]) throws
}

extension TrainingObjective {
  static var partNames: [String] { [] }
  var clippedTogether: [Range<Int>] { [0..<parameters.count] }
}
