/// Where a run stands, in `training/state.json` of a checkpoint.
struct TrainingState: Codable, Hashable {
  static let currentFormat = 1

  /// Of this file and the tensors beside it.
  var format = Self.currentFormat
  /// Steps taken or skipped.
  var step = 0
  var position = DataPosition()
  var skippedStepCount = 0
  var skippedInARow = 0
  var unreadableCount = 0
  var sampleCount = 0
  var tokenCount = 0
  /// What must be the same for the run to go on, by name.
  var identity: [String: String] = [:]
  /// What may differ, but then the numbers are no longer those of one uninterrupted run to the bit.
  var machine: [String: String] = [:]
  /// Of every parameter, how many steps of the optimizer it took.
  var optimizerStepCounts: [Int] = []
  /// Steps that the running mean has followed.
  var averageStepCount = 0
  /// CRC-32 of the optimizer's tensors, by name.
  var checksums: [String: UInt32] = [:]

  /// What a run with another identity differs in, one clause each.
  func differences(to other: [String: String]) -> [String] {
    Set(identity.keys).union(other.keys).sorted().compactMap { name in
      let (before, now) = (identity[name] ?? "nothing", other[name] ?? "nothing")
      return before == now ? nil : "\(name): \(before) before, \(now) now"
    }
  }
}

/// A checkpoint that belongs to another run.
package struct DifferentRun: Error, Hashable, CustomStringConvertible {
  package let path: String
  package let differences: [String]

  package var description: String {
    "\(path): cannot go on from here with other settings (\(differences.joined(separator: "; "))); "
      + "--allow-changes goes on all the same"
  }
}
