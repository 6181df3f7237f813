import OneLine
import Raster

/// Why values make no sample.
package struct SampleFault: Error, Hashable, Sendable {
  package enum Reason: Hashable, Sendable {
    /// A key that is empty, too long or has other characters than letters, digits, `-` and `_`.
    case badKey
    case sizeOutOfRange(PixelSize)
    case sizeMismatch(found: PixelSize, expected: PixelSize)
    case layerCount(Int)
    case nameCount(found: Int, expected: Int)
    case emptyCaption
    case controlCharacterInCaption
    case textTooLong(byteCount: Int)
    case badCategory(String)
    case badSourceHash
    case boundingBoxOutside(layer: Int)
    case transparentComposite
  }

  /// The key of the sample, as it was given.
  package let key: String
  package let reason: Reason

  init(_ reason: Reason, of key: String) {
    self.key = key
    self.reason = reason
  }
}

extension SampleFault: CustomStringConvertible {
  /// One line: the sample, then what is wrong with it.
  package var description: String { onOneLine("sample '\(key)': \(reason)") }
}

extension SampleFault.Reason: CustomStringConvertible {
  /// What is wrong.
  package var description: String {
    switch self {
    case .badKey: "the key is not 1 to 64 letters, digits, '-' and '_'"
    case .sizeOutOfRange(let size): "a canvas of \(size) pixels is out of range"
    case .sizeMismatch(let found, let expected):
      "the composite is \(found) pixels, the canvas \(expected)"
    case .layerCount(let count):
      "\(count) layers are not in 1...\(SampleDescription.maximumLayerCount)"
    case .nameCount(let found, let expected): "\(found) layers are described, there are \(expected)"
    case .emptyCaption: "the caption is empty"
    case .controlCharacterInCaption: "the caption has a control character"
    case .textTooLong(let byteCount):
      "a text has \(byteCount) bytes, the limit is \(SampleDescription.maximumTextLength)"
    case .badCategory(let category): "the category '\(category)' is no lower-case word"
    case .badSourceHash: "the source hash is not 64 hexadecimal digits"
    case .boundingBoxOutside(let layer): "the box of layer \(layer) leaves the canvas"
    case .transparentComposite: "the composite is not opaque"
    }
  }
}
