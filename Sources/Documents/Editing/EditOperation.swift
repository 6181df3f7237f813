import DocumentModel
import Raster

/// One change of one layer or group.
///
/// The box of a layer is the rectangle of its pixels, that of a group the smallest that holds the boxes of
/// all its layers, hidden ones too. What is done to the place and size of a group is done to all its
/// members, about the group's box. Linked masks go with a layer or group; inside a group that is moved,
/// all masks do.
package enum EditOperation: Hashable, Sendable {
  /// Moves by pixels, to the right and down.
  case move(dx: Int, dy: Int)

  /// Puts the top left corner of the box at a column and row of the canvas.
  case place(x: Int, y: Int)

  /// Multiplies width and height; the top left corner of the box stays.
  ///
  /// Edges are rounded to whole pixels, no side becomes shorter than 1. Pixels are those of Pillow's
  /// Lanczos on premultiplied alpha.
  case scale(x: Double, y: Double)

  /// Gives the box a width and a height; otherwise like ``scale(x:y:)``.
  case resize(PixelSize)

  /// Turns clockwise about the centre of the box, which grows.
  ///
  /// Multiples of 90 keep every pixel; where the centre then falls between two pixels, it moves by half
  /// a pixel to the left or up. Other angles resample by cubic convolution (a = -0.5) on premultiplied
  /// alpha, with nothing but transparency outside the pixels.
  case rotate(degrees: Double)

  /// Gives a colour, and keeps shading and alpha; see ``Recoloring``.
  case recolor(RGBAPixel)

  /// Shifts hue, saturation and lightness.
  case shiftColors(HSLShift)

  /// Sets how much shows, effects included.
  case opacity(Opacity)

  /// Sets how it meets what is below; only groups can pass through.
  case blend(BlendMode)

  /// Gives a name.
  case rename(String)

  /// Makes it show.
  case show

  /// Makes it and all its members not show.
  case hide

  /// Takes it and all its members out of the document.
  case remove

  /// Puts a copy in front of it, and of what is clipped to it, whose name ends in " copy".
  case duplicate

  /// Gives a layer the pixels of a picture.
  ///
  /// The picture is scaled by Lanczos to the largest size of its own proportions that fits the box, and
  /// centred there (between two pixels: to the left and up). It keeps its alpha; masks stay.
  case replace(RasterImage)

  /// Moves it in front of the next sibling; the frontmost stays.
  case raise

  /// Moves it behind the sibling before it; the backmost stays.
  case lower

  /// Gives it a place among its siblings, 0 at the back.
  case toIndex(Int)

  /// Wraps it in a new group, so that the picture stays as it is.
  case group(name: String)
}

/// A document after an operation.
package struct EditedDocument: Hashable, Sendable {
  /// The new document.
  package let document: LayeredDocument

  /// The way to the layer or group that was named; `nil` where it was removed.
  ///
  /// Of a duplicate it is the original, of a new group the member.
  package let path: NodePath?
}

extension LayeredDocument {
  /// The document with one layer or group changed and every other as it was.
  ///
  /// - Throws: ``EditingError``; sizes and positions are checked before memory is taken.
  package func edited(
    at path: NodePath, by operation: EditOperation
  ) throws(EditingError) -> EditedDocument {
    guard let node = self[path] else { throw .document(.noSuchNode(path)) }
    switch operation {
    case .remove: return EditedDocument(document: try replaced(path, by: []), path: nil)
    case .duplicate: return try duplicated(node, at: path)
    case .raise: return try arranged(at: path) { min($0 + 1, $1 - 1) }
    case .lower: return try arranged(at: path) { index, _ in max(index - 1, 0) }
    case .toIndex(let index): return try arranged(at: path) { _, _ in index }
    case .group(let name): return try wrapped(node, at: path, named: name)
    default:
      let changed = try replaced(path, by: [node.edited(by: operation)])
      return EditedDocument(document: changed, path: path)
    }
  }

  /// ``replacing(_:with:)`` with errors of this target.
  func replaced(
    _ path: NodePath, by nodes: [LayerNode]
  ) throws(EditingError) -> LayeredDocument {
    do throws(DocumentError) {
      return try replacing(path, with: nodes)
    } catch {
      throw .document(error)
    }
  }
}

extension LayerNode {
  /// The node after an operation that changes it where it is.
  fileprivate func edited(by operation: EditOperation) throws(EditingError) -> LayerNode {
    var node = self
    switch operation {
    case .move(let dx, let dy): return try transformed(by: Movement(dx: dx, dy: dy))
    case .place(let x, let y): return try placed(x: x, y: y)
    case .scale(let x, let y): return try scaled(x: x, y: y)
    case .resize(let size): return try resized(to: size)
    case .rotate(let degrees): return try rotated(degrees: degrees)
    case .recolor(let color): return try recolored(color)
    case .shiftColors(let shift): return try colorsShifted(by: shift)
    case .replace(let picture): return try withPixels(of: picture)
    case .opacity(let opacity): node.attributes.opacity = opacity
    case .blend(let mode):
      if case .layer = self, mode == .passThrough {
        throw .passThroughLayer(name: attributes.name)
      }
      node.attributes.blendMode = mode
    case .rename(let name): node.attributes.name = name
    case .show: node.attributes.isVisible = true
    case .hide: node.attributes.isVisible = false
    case .remove, .duplicate, .raise, .lower, .toIndex, .group:
      preconditionFailure("changes the siblings, not the node")
    }
    return node
  }
}
