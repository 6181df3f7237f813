import Dispatch

/// What a function gives for 0, 1 and so on, worked out on all cores.
package func concurrently<Result: Sendable>(
  _ count: Int, _ function: @Sendable (Int) -> Result
) -> [Result] {
  [Result](unsafeUninitializedCapacity: count) { results, filledCount in
    // Every thread writes places of its own.
    nonisolated(unsafe) let results = results
    DispatchQueue.concurrentPerform(iterations: count) { place in
      results.initializeElement(at: place, to: function(place))
    }
    filledCount = count
  }
}
