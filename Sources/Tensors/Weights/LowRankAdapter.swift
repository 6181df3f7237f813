import Safetensors
import StrictJSON
import Torch

// Shapes: R rank, I inputs, O outputs of a linear layer.

/// What a low-rank adapter adds to the weight of one linear layer: `scale * up * down`.
package struct LowRankUpdate {
  /// Shape `[R, I]`.
  package let down: Tensor
  /// Shape `[O, R]`.
  package let up: Tensor
  /// The adapter's alpha by its rank, times the weight that its user gave it.
  package let scale: Double

  /// The whole matrix, `[O, I]`, float32.
  func matrix() throws(TorchError) -> Tensor {
    try up.converted(to: .float32).matrixMultiplied(by: down.converted(to: .float32)) * scale
  }
}

/// A low-rank adapter (LoRA) of a network's linear layers, from a safetensors file.
///
/// Source: Hu et al., arXiv 2106.09685. The names of the two factors and of the layers are those of diffusers and PEFT
/// (`transformer.LAYER.lora_A.weight`), of ComfyUI (`diffusion_model.LAYER.lora_down.weight`) or of kohya's scripts
/// (`lora_unet_LAYER.lora_up.weight`, the layer's dots written as underscores).
package struct LowRankAdapter: Sendable {
  /// The file.
  package let path: String
  /// How strong its user wants it, 1 as it was trained.
  package let weight: Double

  private struct Factors: Sendable {
    var down: TensorEntry?
    var up: TensorEntry?
    var alpha: Double?
  }

  private let file: SafetensorsFile
  private var factors: [String: Factors] = [:]
  private let isRankStabilized: Bool

  /// Opens a file and checks that each layer has both factors of one rank.
  ///
  /// - Throws: `SafetensorsError`, or ``AdapterError`` naming the key.
  package init(path: String, weight: Double = 1) throws {
    self.path = path
    self.weight = weight
    file = try SafetensorsFile(path: path)
    let metadata = try AdapterMetadata(of: file)
    for entry in file.entries {
      let name = try AdapterKey(entry.name, path: path)
      var found = factors[name.layer] ?? Factors()
      switch name.part {
      case .down: found.down = entry
      case .up: found.up = entry
      case .alpha: found.alpha = try Self.number(entry, in: file)
      }
      factors[name.layer] = found
    }
    for (layer, found) in factors {
      guard let down = found.down, let up = found.up else {
        throw AdapterError(.incomplete(layer: layer), path: path)
      }
      guard down.shape.count == 2, up.shape.count == 2, down.shape[0] == up.shape[1],
        down.shape[0] > 0
      else {
        throw AdapterError(
          .ranksDiffer(layer: layer, down: down.shape, up: up.shape), path: path)
      }
      if found.alpha == nil { factors[layer]?.alpha = metadata.alpha(of: layer) }
    }
    isRankStabilized = metadata.isRankStabilized
  }

  /// The fingerprint of the weights that it was trained on, where the file names it; ours do.
  package var baseFingerprint: String? { file.metadata["base_model_fingerprint"] }

  /// The layers that it changes, as the file names them without prefix.
  package var layers: [String] { factors.keys.sorted() }

  /// What it adds to the weight of a layer; `nil` where it leaves the layer alone.
  ///
  /// - Parameters:
  ///   - layer: The layer's key in the network, without `.weight`.
  ///   - shape: Of the layer's weight, `[O, I]`.
  /// - Returns: The factors over the mapped file, and the name under which the file has them.
  /// - Throws: ``AdapterError`` where they do not fit the weight.
  func update(
    of layer: String, shape: [Int]
  ) throws -> (name: String, update: LowRankUpdate)? {
    let flat = String(layer.map { $0 == "." ? "_" : $0 })
    guard let name = [layer, flat].first(where: { factors[$0] != nil }), let found = factors[name],
      let down = found.down, let up = found.up
    else { return nil }
    guard shape.count == 2, [up.shape[0], down.shape[1]] == shape else {
      throw AdapterError(
        .unfit(layer: layer, found: [up.shape[0], down.shape[1]], expected: shape), path: path)
    }
    let rank = Double(down.shape[0])
    let update = LowRankUpdate(
      down: try Tensor(down, of: file.bytes(of: down.name), in: path),
      up: try Tensor(up, of: file.bytes(of: up.name), in: path),
      scale: weight * (found.alpha ?? rank) / (isRankStabilized ? rank.squareRoot() : rank))
    return (name, update)
  }

  /// The number of a tensor of one element.
  private static func number(_ entry: TensorEntry, in file: SafetensorsFile) throws -> Double {
    guard entry.elementCount == 1,
      let value = try Tensor(entry, of: file.bytes(of: entry.name), in: file.path)
        .values(as: Double.self).first, value.isFinite
    else { throw AdapterError(.noNumber(key: entry.name), path: file.path) }
    return value
  }
}

/// The name of a tensor of an adapter, taken apart.
private struct AdapterKey {
  enum Part { case down, up, alpha }

  let layer: String
  let part: Part

  private static let prefixes = [
    "base_model.model.", "transformer.", "diffusion_model.", "lora_unet_",
  ]
  private static let suffixes: [(String, Part)] = [
    (".lora_A.weight", .down), (".lora_A.default.weight", .down), (".lora_down.weight", .down),
    (".lora.down.weight", .down), (".lora_B.weight", .up), (".lora_B.default.weight", .up),
    (".lora_up.weight", .up), (".lora.up.weight", .up), (".alpha", .alpha),
  ]

  /// - Throws: ``AdapterError`` for tensors of other kinds of adapters.
  init(_ key: String, path: String) throws(AdapterError) {
    guard let (suffix, part) = Self.suffixes.first(where: { key.hasSuffix($0.0) }) else {
      throw AdapterError(.unknownKey(key), path: path)
    }
    var layer = key.dropLast(suffix.count)
    for prefix in Self.prefixes where layer.hasPrefix(prefix) {
      layer = layer.dropFirst(prefix.count)
    }
    self.layer = String(layer)
    self.part = part
  }
}

/// The alphas that diffusers writes into the file's metadata: one for all layers, and exceptions.
private struct AdapterMetadata {
  private var common: Double?
  private var exceptions: [String: Double] = [:]
  /// Whether alpha is divided by the root of the rank instead of the rank.
  private(set) var isRankStabilized = false

  /// - Throws: ``AdapterError`` where the text is no JSON of that form.
  init(of file: SafetensorsFile) throws(AdapterError) {
    guard let text = file.metadata["lora_adapter_metadata"] else { return }
    do throws(JSONError) {
      var reader = JSONReader(Array(text.utf8))
      try reader.beginObject()
      while let key = try reader.nextKey() {
        // Prefixed by the component, as in "transformer.lora_alpha".
        switch key.split(separator: ".").last.map(String.init) {
        case "lora_alpha"?: common = try Self.number(from: &reader)
        case "alpha_pattern"?:
          try reader.beginObject()
          while let layer = try reader.nextKey() {
            exceptions[layer] = try Self.number(from: &reader)
          }
        case "use_rslora"?: isRankStabilized = try reader.boolean()
        default: try reader.skipValue()
        }
      }
      try reader.end()
    } catch {
      throw AdapterError(.badMetadata("\(error)"), path: file.path)
    }
    // Names may be regular expressions there; only plain ones are known here.
    for layer in exceptions.keys
    where !layer.utf8.allSatisfy({
      $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "_") || isAlphanumeric($0)
    }) {
      throw AdapterError(.badMetadata("the pattern '\(layer)' is not a name"), path: file.path)
    }
  }

  private static func number(from reader: inout JSONReader) throws(JSONError) -> Double? {
    let number = Double(String(decoding: try reader.number(), as: UTF8.self))
    return number.flatMap { $0.isFinite ? $0 : nil }
  }

  /// The alpha of a layer; `nil` where the file says nothing, which means its rank.
  func alpha(of layer: String) -> Double? {
    exceptions.first { layer == $0.key || layer.hasSuffix("." + $0.key) }?.value ?? common
  }
}

private func isAlphanumeric(_ byte: UInt8) -> Bool {
  switch byte {
  case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
    UInt8(ascii: "A")...UInt8(ascii: "Z"):
    true
  default: false
  }
}
