/// How many pixels make an inch, across and down.
package struct Resolution: Hashable, Sendable {
  /// Pixels in an inch from left to right.
  package let horizontal: Double

  /// Pixels in an inch from top to bottom.
  package let vertical: Double

  /// 72 pixels per inch, what new documents have.
  package static let screen = Resolution()

  /// Makes a resolution of two finite numbers above 0.
  ///
  /// - Throws: ``DocumentError/resolutionOutOfRange(_:)``.
  package init(horizontal: Double, vertical: Double) throws(DocumentError) {
    for value in [horizontal, vertical] where !(value > 0 && value.isFinite) {
      throw .resolutionOutOfRange(value)
    }
    self.horizontal = horizontal
    self.vertical = vertical
  }

  private init() {
    horizontal = 72
    vertical = 72
  }
}
