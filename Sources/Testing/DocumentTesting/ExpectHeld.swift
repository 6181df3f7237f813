import Compositing
import DocumentModel
import Raster
import Testing

/// Expects that a document came back from a format: whole where the format holds it, looking the same
/// otherwise.
///
/// - Parameters:
///   - found: What was read back.
///   - document: What was written.
///   - isHeld: Whether the format says that it holds all of the document.
///   - sourceLocation: Of the test.
/// - Throws: What merging throws.
package func expectHeld(
  _ found: LayeredDocument, _ document: LayeredDocument, isHeld: Bool,
  sourceLocation: SourceLocation = #_sourceLocation
) throws {
  #expect(found.canvas == document.canvas, sourceLocation: sourceLocation)
  if isHeld {
    #expect(
      found.resolution.isNear(document.resolution), sourceLocation: sourceLocation)
    #expect(
      found.nodes.withoutPreservedBlocks == document.nodes.withoutPreservedBlocks,
      sourceLocation: sourceLocation)
    return
  }
  let pixels = try (found.composite().pixels, document.composite().pixels)
  let largest = zip(pixels.0, pixels.1).reduce(0) { max($0, abs(Int($1.0) - Int($1.1))) }
  #expect(largest <= 1, sourceLocation: sourceLocation)
}

extension Resolution {
  /// Formats store whole or fixed-point numbers.
  fileprivate func isNear(_ other: Resolution) -> Bool {
    abs(horizontal - other.horizontal) < 0.01 && abs(vertical - other.vertical) < 0.01
  }
}

extension [LayerNode] {
  /// Blocks that a format keeps for itself are no part of what documents say.
  fileprivate var withoutPreservedBlocks: [LayerNode] {
    map { node in
      var node = node
      node.attributes.preserved = []
      guard case .group(let group) = node,
        let stripped = try? group.withChildren(group.children.withoutPreservedBlocks)
      else { return node }
      return .group(stripped)
    }
  }
}
