import OneLine

/// A document that its format cannot hold, or that takes more than the machine has.
package struct UnwritableDocument: Error {
  /// The output, as it was given; nothing of it is left behind.
  package let path: String
  package let format: DocumentFormat
  /// What the writer of the format says.
  package let reason: any Error
}

extension UnwritableDocument: CustomStringConvertible {
  /// One line.
  package var description: String {
    onOneLine("cannot create \"\(path)\": \(format.name): \(reason)")
  }
}
