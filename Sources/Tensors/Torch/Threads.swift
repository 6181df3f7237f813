import CTorch

/// The number of threads that one operator may use on the CPU.
package enum TorchThreads {
  package static var count: Int { Int(ctorch_thread_count()) }

  package static func setCount(_ count: Int) {
    ctorch_set_thread_count(Int32(clamping: max(1, count)))
  }
}
