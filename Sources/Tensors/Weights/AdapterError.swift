import OneLine

/// Why a file is no low-rank adapter of this network.
package struct AdapterError: Error, Hashable, Sendable, CustomStringConvertible {
  package enum Reason: Hashable, Sendable {
    /// A tensor that is neither factor nor alpha.
    case unknownKey(String)
    /// One factor lacks the other.
    case incomplete(layer: String)
    /// The factors have no rank in common.
    case ranksDiffer(layer: String, down: [Int], up: [Int])
    /// The product has another shape than the weight.
    case unfit(layer: String, found: [Int], expected: [Int])
    /// An alpha that is not one finite number.
    case noNumber(key: String)
    /// The metadata of diffusers cannot be read.
    case badMetadata(String)
    /// The file names the weights that it was trained on, and these are others.
    case anotherBase
    /// Layers that the network does not have.
    case unknownLayers([String])
  }

  package let reason: Reason
  package let path: String

  package init(_ reason: Reason, path: String) {
    self.reason = reason
    self.path = path
  }

  /// One line.
  package var description: String {
    let text =
      switch reason {
      case .unknownKey(let key): "'\(key)' is no factor of a low-rank adapter"
      case .incomplete(let layer): "'\(layer)' has one factor of two"
      case .ranksDiffer(let layer, let down, let up):
        "'\(layer)' has factors \(down) and \(up), which do not multiply"
      case .unfit(let layer, let found, let expected):
        "'\(layer)' changes a weight of shape \(found), the model's is \(expected)"
      case .noNumber(let key): "'\(key)' is not one finite number"
      case .badMetadata(let detail): "lora_adapter_metadata: \(detail)"
      case .anotherBase: "trained on other weights than this model's, by its base_model_fingerprint"
      case .unknownLayers(let layers):
        "made for another model: \(layers.count) layers are unknown, '"
          + layers.prefix(3).joined(separator: "', '") + "'\(layers.count > 3 ? " …" : "")"
      }
    return onOneLine("\(path): \(text)")
  }
}
