import CTorch

/// Main memory that tensors on the CPU no longer use.
package enum FreedMemory {
  /// Gives it back to the system.
  ///
  /// Once blocks of up to 32 MB were freed, glibc takes further ones of such sizes from its heap and keeps what is
  /// freed there between others. Worth its time where much was freed and the next work needs other sizes.
  /// Source: `mallopt(3)`, "M_MMAP_THRESHOLD"; `malloc_trim(3)`.
  package static func giveBack() { ctorch_trim_memory() }
}
