/// Which entry of the file a layer or group was read from, so that a format can write back the bytes
/// of what nobody edited.
///
/// It says where something came from, not what it is: any two references are equal, so that documents
/// read from different files, or made anew, compare by what they hold.
package struct SourceReference: Hashable, Sendable {
  /// The number of the entry in the file, counted as the format does; `nil` for what is new.
  package let index: Int?

  /// Of a layer or group that no file holds yet.
  package static let none = SourceReference(index: nil)

  /// Makes a reference to an entry.
  package init(index: Int?) {
    self.index = index
  }

  package static func == (one: Self, other: Self) -> Bool { true }

  package func hash(into hasher: inout Hasher) {}
}
