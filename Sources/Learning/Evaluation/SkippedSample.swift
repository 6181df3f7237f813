/// A sample that has no score, and why.
package struct SkippedSample: Hashable, Sendable, Codable {
  package let name: String
  package let reason: String

  package init(name: String, reason: String) {
    self.name = name
    self.reason = reason
  }
}
