/// Renames keys by their prefixes, both ways.
///
/// A network has one set of keys, its own; a checkpoint that was saved under others is read through such a table.
package struct KeyMap: Hashable, Sendable {
  /// A prefix in the checkpoint and the prefix that stands for it in the network.
  package struct Rule: Hashable, Sendable {
    package let checkpoint: String
    package let network: String

    package init(checkpoint: String, network: String) {
      self.checkpoint = checkpoint
      self.network = network
    }
  }

  private let rules: [Rule]

  /// - Parameter rules: Tried in order; the first whose prefix fits applies. A key that fits none keeps its name.
  package init(_ rules: [Rule]) { self.rules = rules }

  /// The network's key for a key of the checkpoint.
  package func networkKey(_ key: String) -> String {
    for rule in rules where key.hasPrefix(rule.checkpoint) {
      return rule.network + key.dropFirst(rule.checkpoint.count)
    }
    return key
  }

  /// The checkpoint's key for a key of the network.
  package func checkpointKey(_ key: String) -> String {
    for rule in rules where key.hasPrefix(rule.network) {
      return rule.checkpoint + key.dropFirst(rule.network.count)
    }
    return key
  }
}
