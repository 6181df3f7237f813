import CTorch

/// The number of threads that one operator may use on the CPU.
package enum TorchThreads {
  package static var count: Int { Int(ctorch_thread_count()) }

  package static func setCount(_ count: Int) {
    ctorch_set_thread_count(Int32(clamping: max(1, count)))
  }
}

private let peak = Operator("layered::peak")

/// What this machine does at most on all threads, as one float64 number.
///
/// - Parameter kind: `float32`, `bfloat16` or `int8`: multiplications and additions a second, 0 for a processor that is not
///   known; `copy`: bytes read and written a second.
/// - Returns: Shape `[]`.
/// - Throws: ``TorchError/operatorFailed(name:reason:)`` for another kind.
package func measuredPeak(of kind: String) throws(TorchError) -> Tensor { try peak(.text(kind)) }
