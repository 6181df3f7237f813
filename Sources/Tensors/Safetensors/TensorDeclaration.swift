/// What a writer is told of a tensor before its bytes come.
package struct TensorDeclaration: Hashable, Sendable {
  package let name: String
  package let dtype: StoredDType
  /// Lengths of the axes, outermost first.
  package let shape: [Int]

  package init(name: String, dtype: StoredDType, shape: [Int]) {
    self.name = name
    self.dtype = dtype
    self.shape = shape
  }

  /// Whether the official writer puts `a` before `b`: wide elements first, so that each tensor lies
  /// at a multiple of its element's size, then by name.
  package static func isInOfficialOrder(_ a: Self, _ b: Self) -> Bool {
    guard a.dtype == b.dtype else { return a.dtype.rank > b.dtype.rank }
    return a.name.utf8.lexicographicallyPrecedes(b.name.utf8)
  }
}

extension StoredDType {
  /// The place in the official list of element types.
  fileprivate var rank: Int { Self.allCases.firstIndex(of: self) ?? 0 }
}
