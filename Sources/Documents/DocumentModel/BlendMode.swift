/// How a layer's colour meets the colour below it: the 27 modes of Photoshop, and pass-through.
///
/// Source: ISO 32000-2, 11.3.5 "Blend modes", and W3C "Compositing and Blending Level 1" for the modes
/// that they have; the others are named as in Adobe Photoshop File Formats Specification, "Layer records".
///
/// The raw value is the name that people and `layers.json` use.
package enum BlendMode: String, Hashable, Sendable, CaseIterable {
  /// A group whose members blend with what lies below the group. On a layer it means `normal`.
  case passThrough = "pass-through"
  case normal, dissolve, darken, multiply, lighten, screen, overlay
  case colorBurn = "color-burn"
  case linearBurn = "linear-burn"
  case darkerColor = "darker-color"
  case colorDodge = "color-dodge"
  case linearDodge = "linear-dodge"
  case lighterColor = "lighter-color"
  case softLight = "soft-light"
  case hardLight = "hard-light"
  case vividLight = "vivid-light"
  case linearLight = "linear-light"
  case pinLight = "pin-light"
  case hardMix = "hard-mix"
  case difference, exclusion, subtract, divide
  case hue, saturation, color, luminosity
}

extension BlendMode {
  /// The four characters that a layer record of PSD holds.
  package var photoshopKey: String { names.photoshop }

  /// What OpenRaster's `composite-op` holds; `nil` for pass-through, which is an attribute there.
  ///
  /// The names that start with `svg:` are the specification's. For the modes that it lacks these are
  /// Krita's, which begin with `krita:`.
  package var openRasterName: String? { names.openRaster }

  /// The mode of a PSD key; `nil` where the key is unknown.
  package init?(photoshopKey: String) {
    guard let mode = Self.byPhotoshopKey[photoshopKey] else { return nil }
    self = mode
  }

  /// The mode of an OpenRaster name; `nil` where the name is unknown.
  ///
  /// `svg:exclusion`, which the specification lacks and some programs write, is known as well.
  package init?(openRasterName: String) {
    let name = openRasterName == "svg:exclusion" ? "krita:exclusion" : openRasterName
    guard let mode = Self.byOpenRasterName[name] else { return nil }
    self = mode
  }

  private static let byPhotoshopKey = Dictionary(
    uniqueKeysWithValues: allCases.map { ($0.photoshopKey, $0) })

  private static let byOpenRasterName = Dictionary(
    uniqueKeysWithValues: allCases.compactMap { mode in
      mode.openRasterName.map { ($0, mode) }
    })

  /// The table of names; each mode stands in it once.
  private var names: (photoshop: String, openRaster: String?) {
    switch self {
    case .passThrough: ("pass", nil)
    case .normal: ("norm", "svg:src-over")
    case .dissolve: ("diss", "krita:dissolve")
    case .darken: ("dark", "svg:darken")
    case .multiply: ("mul ", "svg:multiply")
    case .colorBurn: ("idiv", "svg:color-burn")
    case .linearBurn: ("lbrn", "krita:linear_burn")
    case .darkerColor: ("dkCl", "krita:darker color")
    case .lighten: ("lite", "svg:lighten")
    case .screen: ("scrn", "svg:screen")
    case .colorDodge: ("div ", "svg:color-dodge")
    case .linearDodge: ("lddg", "svg:plus")
    case .lighterColor: ("lgCl", "krita:lighter color")
    case .overlay: ("over", "svg:overlay")
    case .softLight: ("sLit", "svg:soft-light")
    case .hardLight: ("hLit", "svg:hard-light")
    case .vividLight: ("vLit", "krita:vivid_light")
    case .linearLight: ("lLit", "krita:linear light")
    case .pinLight: ("pLit", "krita:pin_light")
    case .hardMix: ("hMix", "krita:hard_mix_photoshop")
    case .difference: ("diff", "svg:difference")
    case .exclusion: ("smud", "krita:exclusion")
    case .subtract: ("fsub", "krita:subtract")
    case .divide: ("fdiv", "krita:divide")
    case .hue: ("hue ", "svg:hue")
    case .saturation: ("sat ", "svg:saturation")
    case .color: ("colr", "svg:color")
    case .luminosity: ("lum ", "svg:luminosity")
    }
  }
}
