import ByteIO

/// Something in a file that was repaired or left out while the rest was read.
package struct ReadingWarning: Hashable, Sendable {
  /// What it was.
  package enum Reason: Hashable, Sendable {
    /// A blend mode that is none of Photoshop's; normal stands in for it.
    case unknownBlendMode(FourCharacterCode)
    /// A group's end whose beginning is missing; its members joined the group around it.
    case groupWithoutBeginning
    /// A group's beginning whose end is missing; the group is empty.
    case groupWithoutEnd
    /// Pixels or a mask that could not be decoded; the layer is without them.
    case broken(MalformedData)
  }

  /// The layer's place in the file, 0 at the bottom; `nil` where it concerns the file.
  package let layer: Int?
  /// What it was.
  package let reason: Reason

  package init(layer: Int?, reason: Reason) {
    self.layer = layer
    self.reason = reason
  }
}

extension ReadingWarning: CustomStringConvertible {
  /// One line: "layer 3: blend mode \"BoEF\" is unknown, normal is used".
  package var description: String {
    let place = layer.map { "layer \($0): " } ?? ""
    return switch reason {
    case .unknownBlendMode(let key): "\(place)blend mode \(key) is unknown, normal is used"
    case .groupWithoutBeginning: "\(place)a group ends that never began, its members stay"
    case .groupWithoutEnd: "\(place)a group begins that never ended, it is empty"
    case .broken(let fault): "\(place)\(fault), left out"
    }
  }
}
