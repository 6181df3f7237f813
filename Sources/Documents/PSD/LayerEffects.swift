import ByteIO

/// The effects of a layer that are switched on, by their names.
///
/// Source: Adobe Photoshop File Formats Specification, "Object-based effects layer info"; the block "lmfx" has the same
/// form with lists, for several effects of a kind.
struct LayerEffects: Hashable, Sendable {
  /// In the order of the block; each once.
  let names: [String]

  /// Finds the effects that a layer's blocks describe.
  ///
  /// Where a newer block is there the older ones repeat it. One that cannot be read counts as effects of unknown kind.
  init(of blocks: AdditionalBlocks) {
    if let bytes = blocks["lmfx"] ?? blocks["lfx2"] ?? blocks["lfxs"] {
      names = (try? Self.names(in: bytes)) ?? ["layer effects"]
    } else {
      names = blocks["lrFX"] == nil ? [] : ["layer effects"]
    }
  }

  private static func names(in bytes: ArraySlice<UInt8>) throws(MalformedData) -> [String] {
    var reader = ByteReader(bytes)
    _ = try reader.read("effects version", as: UInt32.self)
    let effects = try Descriptor(readingVersioned: &reader)
    if case .flag(false)? = effects["masterFXSwitch"] { return [] }
    var names: [String] = []
    for (key, value) in effects.items {
      guard let name = nameOfEffect[key], isOn(value), !names.contains(name) else { continue }
      names.append(name)
    }
    return names
  }

  /// Whether one effect, or one of several, is switched on.
  private static func isOn(_ value: Descriptor.Value) -> Bool {
    switch value {
    case .descriptor(let effect):
      if case .flag(false)? = effect["enab"] { false } else { true }
    case .list(let effects): effects.contains(where: isOn)
    case .number, .integer, .text, .flag, .choice, .other: false
    }
  }
}

private let nameOfEffect = [
  "DrSh": "drop shadow", "dropShadowMulti": "drop shadow", "IrSh": "inner shadow",
  "innerShadowMulti": "inner shadow", "OrGl": "outer glow", "IrGl": "inner glow",
  "ebbl": "bevel and emboss", "ChFX": "satin", "SoFi": "color overlay",
  "solidFillMulti": "color overlay", "GrFl": "gradient overlay",
  "gradientFillMulti": "gradient overlay", "patternFill": "pattern overlay", "FrFX": "stroke",
  "frameFXMulti": "stroke",
]
