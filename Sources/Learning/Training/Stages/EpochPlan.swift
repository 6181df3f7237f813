import Diffusion
import DiffusionTransformer
import Shards

/// A sample in one epoch: what is asked of it.
struct TrainingItem: Hashable {
  /// Its place among the entries of the cache.
  let entry: Int
  let task: TrainingTask
  /// The layer to make, for the task of a single layer.
  let layer: Int?
}

/// Items that are learnt from together, all of one layout.
struct TrainingBatch: Hashable {
  let items: [TrainingItem]
  let layout: TokenLayout
}

/// The batches of one epoch, in order: a function of the seed, the epoch and the samples alone.
///
/// Every sample is in one batch. Samples of one layout share batches up to a number of tokens, so that one of 20 layers
/// costs as much as several of two.
struct EpochPlan {
  let batches: [TrainingBatch]

  /// - Parameters:
  ///   - epoch: From 0.
  ///   - entries: The samples.
  ///   - configuration: Seed, tasks and tokens of a batch.
  init(epoch: Int, entries: [LatentCache.Entry], configuration: TrainingConfiguration) {
    var random = SeededRandom(seed: configuration.run.seed, for: .order, epoch)
    var groups: [TokenLayout: [(item: TrainingItem, promptTokenCount: Int)]] = [:]
    var layouts: [TokenLayout] = []
    for index in entries.indices.shuffled(using: &random) {
      let item = Self.item(index, entries[index], epoch: epoch, configuration)
      let layout = item.task.layout(
        layerCount: entries[index].layerCount, grid: entries[index].grid)
      if groups[layout] == nil { layouts.append(layout) }
      groups[layout, default: []].append((item, entries[index].promptTokenCount))
    }
    var batches: [TrainingBatch] = []
    for layout in layouts {
      var items: [TrainingItem] = []
      var longestPrompt = 0
      for (item, promptTokenCount) in groups[layout] ?? [] {
        let longest = max(longestPrompt, promptTokenCount)
        let tokenCount = (items.count + 1) * (layout.tokenCount + longest)
        if !items.isEmpty, tokenCount > configuration.batchTokenCount {
          batches.append(TrainingBatch(items: items, layout: layout))
          items = []
          longestPrompt = 0
        }
        items.append(item)
        longestPrompt = max(longestPrompt, promptTokenCount)
      }
      if !items.isEmpty { batches.append(TrainingBatch(items: items, layout: layout)) }
    }
    self.batches = batches.shuffled(using: &random)
  }

  private static func item(
    _ index: Int, _ entry: LatentCache.Entry, epoch: Int, _ configuration: TrainingConfiguration
  ) -> TrainingItem {
    var random = SeededRandom(seed: configuration.run.seed, for: .task, epoch, entry.index)
    let weights = TrainingTask.allCases.map { configuration.taskWeights[$0] ?? 0 }
    var place = random.uniform() * weights.reduce(0, +)
    var task = TrainingTask.allCases[weights.lastIndex { $0 > 0 } ?? 0]
    for (candidate, weight) in zip(TrainingTask.allCases, weights) {
      if place < weight {
        task = candidate
        break
      }
      place -= weight
    }
    return TrainingItem(
      entry: index, task: task,
      layer: task == .textToRGBA ? Int.random(in: 0..<entry.layerCount, using: &random) : nil)
  }
}

/// How far a run has come in its data: the next batch.
struct DataPosition: Hashable, Codable {
  var epoch = 0
  /// An index into the batches of the epoch.
  var batch = 0
}
