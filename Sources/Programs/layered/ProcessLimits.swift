import Glibc

/// Limits of the process under which it cannot even start to work.
enum ProcessLimits {
  /// What the program, its threads and the libraries take of the address space before any model is read, rounded up.
  private static let requiredAddressSpace: rlim_t = 1 << 30

  /// Ends the process where its address space is too small for the threads that would report anything later.
  static func requireRoom() {
    var limit = rlimit()
    guard getrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &limit) == 0,
      limit.rlim_cur < requiredAddressSpace
    else { return }
    StandardError.write(
      "layered: not enough memory: the address space is limited to \(limit.rlim_cur) bytes, "
        + "the program alone takes \(requiredAddressSpace)\n")
    exit(1)
  }
}
