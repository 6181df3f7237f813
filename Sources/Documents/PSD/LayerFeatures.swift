import ByteIO
import DocumentModel

extension LayerRecord {
  /// Finds what the layer's blocks say that pixels, masks and blend mode do not.
  ///
  /// Pixels that Photoshop drew from text, shapes, smart objects and fills count as rendered where
  /// the file has them, adjustments where they are drawn; effects and advanced blending do not.
  ///
  /// - Parameters:
  ///   - hasPixels: Whether the file holds pixels for the layer.
  ///   - hasVectorMask: Whether the file holds the raster of the vector mask.
  ///   - isAdjustmentDrawn: Whether the document has what the layer does to colours.
  /// - Returns: The features in the order of the blocks, then effects, then those of advanced blending.
  func features(
    hasPixels: Bool, hasVectorMask: Bool, isAdjustmentDrawn: Bool
  ) -> [LayerFeature] {
    var features: [LayerFeature] = []
    var keys: Set<FourCharacterCode> = []
    for block in blocks.blocks where keys.insert(block.key).inserted {
      guard let (kind, name) = featureOfBlock[block.key] else { continue }
      let isRendered =
        switch kind {
        case .fill, .smartObject, .text: hasPixels
        case .shape: hasVectorMask
        case .adjustment: isAdjustmentDrawn
        default: false
        }
      features.append(LayerFeature(kind, named: name, isRendered: isRendered))
    }
    for name in LayerEffects(of: blocks).names {
      features.append(LayerFeature(.effect, named: name, isRendered: false))
    }
    for (key, usual, name) in blendingSwitches {
      guard let value = blocks[key]?.first, (value != 0) != usual else { continue }
      features.append(LayerFeature(.blending, named: name, isRendered: false))
    }
    if restrictsBlendingRanges {
      features.append(LayerFeature(.blending, named: "blending ranges", isRendered: false))
    }
    if let restricted = blocks["brst"], !restricted.isEmpty {
      features.append(LayerFeature(.blending, named: "channels left out", isRendered: false))
    }
    return features
  }

  /// Whether a colour, gradient or pattern fills the layer.
  var isFill: Bool {
    blocks.blocks.contains { block in featureOfBlock[block.key]?.0 == .fill }
  }

  /// Whether some values of the layer or of what is below do not show: the usual ranges are 0, 0,
  /// 255, 255.
  private var restrictsBlendingRanges: Bool {
    let usual: [UInt8] = [0, 0, 255, 255]
    return blendingRanges.enumerated().contains { index, value in value != usual[index % 4] }
  }

  /// The text of the block "TySh": what follows the key "Txt " of its descriptor.
  ///
  /// Carriage returns end lines there, and the character 3 a line within a paragraph.
  var text: TextContent? {
    guard let bytes = blocks["TySh"] else { return nil }
    let key = Array("Txt TEXT".utf8)
    guard
      let start = bytes.indices.first(where: { bytes[$0...].starts(with: key) })
    else { return nil }
    var reader = ByteReader(bytes[(start + key.count)...])
    guard let string = try? reader.readUnicodeString("text") else { return nil }
    let lines = string.split(omittingEmptySubsequences: false) { $0 == "\r" || $0 == "\u{3}" }
    return TextContent(lines.joined(separator: "\n"))
  }
}

/// The blocks that mean a feature by being there.
///
/// Source: Adobe Photoshop File Formats Specification, "Additional Layer Information".
private let featureOfBlock: [FourCharacterCode: (LayerFeature.Kind, String)] = [
  "levl": (.adjustment, "levels"), "curv": (.adjustment, "curves"),
  "expA": (.adjustment, "exposure"), "vibA": (.adjustment, "vibrance"),
  "hue ": (.adjustment, "hue and saturation"), "hue2": (.adjustment, "hue and saturation"),
  "blnc": (.adjustment, "color balance"), "blwh": (.adjustment, "black and white"),
  "phfl": (.adjustment, "photo filter"), "mixr": (.adjustment, "channel mixer"),
  "clrL": (.adjustment, "color lookup"), "nvrt": (.adjustment, "invert"),
  "post": (.adjustment, "posterize"), "thrs": (.adjustment, "threshold"),
  "grdm": (.adjustment, "gradient map"), "selc": (.adjustment, "selective color"),
  "brit": (.adjustment, "brightness and contrast"),
  "SoCo": (.fill, "color fill"), "GdFl": (.fill, "gradient fill"), "PtFl": (.fill, "pattern fill"),
  "PlLd": (.smartObject, "smart object"), "SoLd": (.smartObject, "smart object"),
  "SoLE": (.smartObject, "external smart object"),
  "vmsk": (.shape, "vector mask"), "vsms": (.shape, "vector mask"),
  "TySh": (.text, "text"), "tySh": (.text, "text"),
  "artb": (.artboard, "artboard"), "artd": (.artboard, "artboard"), "abdd": (.artboard, "artboard"),
]

/// The blocks whose first byte is a switch, with its usual position.
private let blendingSwitches: [(key: FourCharacterCode, usual: Bool, name: String)] = [
  ("knko", false, "knockout"), ("clbl", true, "clipped layers blended one by one"),
  ("infx", false, "interior effects blended as a group"),
  ("tsly", true, "transparency without effect on the layer's shape"),
  ("lmgm", false, "mask hides effects"), ("vmgm", false, "vector mask hides effects"),
]
