import Dispatch

/// What a function gives for 0, 1 and so on, worked out on all cores where that is worth waking them.
///
/// - Parameters:
///   - count: How often.
///   - pixelCount: About how many pixels each looks at.
///   - function: Gives the result for a number.
/// - Returns: The results in the order of the numbers.
package func concurrently<Result: Sendable>(
  _ count: Int, worth pixelCount: Int, _ function: @Sendable (Int) -> Result
) -> [Result] {
  guard count > 1, pixelCount > 1 << 15 else { return (0..<count).map(function) }
  return [Result](unsafeUninitializedCapacity: count) { results, filledCount in
    // Every thread writes places of its own.
    nonisolated(unsafe) let results = results
    DispatchQueue.concurrentPerform(iterations: count) { place in
      results.initializeElement(at: place, to: function(place))
    }
    filledCount = count
  }
}
