import Checkpoints
import Torch
import Weights

/// How a run loads a component, works with it, gives its memory back and tells of it.
struct ComponentLife {
  let placement: Placement
  let report: (DecompositionEvent) -> Void

  /// Does the work of one component, gives its memory back and reports its peak.
  func of<Network, Result>(
    _ component: ComponentFiles<Network>, _ need: MemoryPlan.Need,
    _ work: @autoclosure () throws -> Result
  ) throws -> Result {
    PeakMemory.reset()
    return try component.givingMemoryBack {
      let result = try work()
      report(
        .released(
          component: need.component, weightByteCount: need.weightByteCount,
          activationByteCount: need.activationByteCount, peakByteCount: PeakMemory.byteCount))
      return result
    }
  }

  /// Loads a component in the run's type, unless the task was cancelled.
  func load<Network>(
    _ component: ComponentFiles<Network>, _ name: String, adapters: Adapters? = nil
  ) throws -> LoadedNetwork<Network> {
    try Task.checkCancellation()
    let loaded = try component.load(
      dtype: placement.dtype, device: placement.device, adapters: adapters,
      quantizesLinearWeights: placement.quantizesLinearWeights)
    report(
      .loaded(
        component: name,
        weightByteCount: component.weightByteCount(
          as: placement.dtype, quantizesLinearWeights: placement.quantizesLinearWeights)))
    return loaded
  }
}
