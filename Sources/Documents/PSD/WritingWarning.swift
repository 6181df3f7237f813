/// Something about a document that the written file holds otherwise, or not at all.
package struct WritingWarning: Hashable, Sendable {
  /// What it is.
  package enum Reason: Hashable, Sendable {
    /// What made the pixels is not written: "text", "smart object", "shape", "fill".
    case becamePixels(String)
    /// An outline is not written; its raster is, as a mask.
    case outlineBecameMask
    /// Two masks are written as one.
    case masksMerged
    /// A block that other parts of the file may not fit any more is not written.
    case blockLeftOut(String)
    /// The merged picture is without what is not drawn: effects, some adjustments.
    case notInMergedPicture(String)
    /// The merged picture is that of before; the file says that it is none.
    case staleMergedPicture(FileHeader.ColorMode)
  }

  /// The layer's or group's name; `nil` where it concerns the file.
  package let layer: String?
  /// What it is.
  package let reason: Reason

  package init(layer: String?, reason: Reason) {
    self.layer = layer
    self.reason = reason
  }
}

extension WritingWarning: CustomStringConvertible {
  /// One line: "layer "Title": text became pixels".
  package var description: String {
    let place = layer.map { "layer \"\($0)\": " } ?? ""
    return switch reason {
    case .becamePixels(let what): "\(place)\(what) became pixels"
    case .outlineBecameMask: "\(place)the outline of a vector mask became a painted mask"
    case .masksMerged: "\(place)two masks became one"
    case .blockLeftOut(let key): "\(place)block \"\(key)\" is left out"
    case .notInMergedPicture(let what): "\(place)\(what) not shown in the merged picture"
    case .staleMergedPicture(let mode):
      "the merged picture is left as it was, marked as missing: it cannot be made in \(mode.name)"
    }
  }
}
