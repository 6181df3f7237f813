import ByteIO
import DocumentModel
import Raster
import StrictJSON

/// Reads `layers.json`, in which nothing is trusted.
///
/// Only the canvas and the file of each layer have to be there; keys that are unknown are passed over.
struct DescriptionReader {
  var json: JSONReader
  private(set) var warnings: [LayerFilesWarning] = []

  init(_ bytes: [UInt8]) {
    var limits = JSONReader.Limits()
    // A group takes two levels, and a feature of a layer inside four more.
    limits.depth = 2 * LayerGroup.maximumHeight + 8
    limits.keyCount = 4096
    limits.textLength = 1 << 20
    json = JSONReader(bytes, limits: limits)
  }

  mutating func description() throws -> LayersDescription {
    do {
      let description = try root()
      try json.end()
      return description
    } catch let error as JSONError {
      throw MalformedData(.invalid("is no JSON: \(error.reason)"), in: "text", at: error.offset)
    }
  }

  private mutating func root() throws -> LayersDescription {
    var canvas: PixelSize?
    var description = LayersDescription(canvas: PixelSize(width: 0, height: 0))
    var run = DecompositionRun(
      source: "", model: "", seed: 0, steps: 0, prompt: "", recomposition: nil)
    var hasRun = false
    try object { reader, key in
      switch key {
      case "canvas": canvas = try reader.size()
      case "layers":
        try reader.array(of: "layers") { reader, index in
          description.layers.append(try reader.layer(index))
        }
      case "tree": description.tree = try reader.members()
      case "resolution": description.resolution = try reader.resolution()
      case "model":
        run.model = try reader.json.text()
        hasRun = true
      case "source": run.source = try reader.json.text()
      case "seed": run.seed = try reader.json.unsignedInteger()
      case "steps": run.steps = try reader.integer(key, in: 0...Int(Int32.max))
      case "prompt": run.prompt = try reader.json.text()
      case "recomposition": run.recomposition = try reader.figures()
      default: try reader.json.skipValue()
      }
    }
    guard let canvas else { throw fault("has no canvas", in: "root", at: 0) }
    description.canvas = canvas
    description.run = hasRun ? run : nil
    return description
  }

  private mutating func layer(_ index: Int) throws -> LayersDescription.Layer {
    var file: String?
    var layer = LayersDescription.Layer(index: index, file: "")
    let start = json.offset
    try object { reader, key in
      switch key {
      case "file": file = try reader.fileName()
      case "index": layer.index = try reader.integer("index", in: index...index)
      case "origin": layer.origin = try reader.point()
      case "hasPixels": layer.hasPixels = try reader.json.boolean()
      case "text": layer.text = try reader.text()
      default: try reader.attribute(key, of: &layer.attributes)
      }
    }
    guard let file else { throw fault("has no file", in: "layer \(index)", at: start) }
    layer.file = file
    return layer
  }

  /// Recursion is bounded by the depth that the text may have.
  private mutating func members() throws -> [LayersDescription.Member] {
    var members: [LayersDescription.Member] = []
    try array(of: "tree") { reader, _ in
      if try reader.json.nextKind() == .number {
        members.append(
          .layer(try reader.integer("tree", in: 0...LayeredDocument.maximumNodeCount)))
        return
      }
      var group = LayersDescription.Group()
      try reader.object { reader, key in
        switch key {
        case "members": group.members = try reader.members()
        case "expanded": group.isExpanded = try reader.json.boolean()
        default: try reader.attribute(key, of: &group.attributes)
        }
      }
      members.append(.group(group))
    }
    return members
  }

  private mutating func attribute(
    _ key: String, of attributes: inout LayersDescription.Attributes
  ) throws {
    switch key {
    case "name": attributes.name = try json.text()
    case "opacity": attributes.opacity = try number(key, in: 0...1)
    case "fillOpacity": attributes.fillOpacity = try number(key, in: 0...1)
    case "visible": attributes.isVisible = try json.boolean()
    case "clipped": attributes.isClipped = try json.boolean()
    case "mask": attributes.mask = try mask()
    case "vectorMask": attributes.vectorMask = try mask()
    case "blendMode":
      let name = try json.text()
      if let mode = BlendMode(rawValue: name) {
        attributes.blendMode = mode
      } else {
        warnings.append(.unknownBlendMode(name))
      }
    case "features":
      try array(of: key) { reader, _ in attributes.features.append(try reader.feature()) }
    default: try json.skipValue()
    }
  }

  private mutating func mask() throws -> LayersDescription.Mask {
    var mask = LayersDescription.Mask()
    try object { reader, key in
      switch key {
      case "file": mask.file = try reader.fileName()
      case "origin": mask.origin = try reader.point()
      case "defaultValue": mask.defaultValue = try reader.byte(key)
      case "disabled": mask.isDisabled = try reader.json.boolean()
      case "linked": mask.isLinked = try reader.json.boolean()
      case "density": mask.density = try reader.number(key, in: 0...1)
      case "featherRadius":
        mask.featherRadius = try reader.number(key, in: 0...Double.greatestFiniteMagnitude)
      default: try reader.json.skipValue()
      }
    }
    return mask
  }

  private mutating func feature() throws -> LayerFeature {
    var feature = LayerFeature(.other, named: "", isRendered: false)
    try object { reader, key in
      switch key {
      case "kind": feature.kind = LayerFeature.Kind(rawValue: try reader.json.text()) ?? .other
      case "name": feature.name = try reader.json.text()
      case "rendered": feature.isRendered = try reader.json.boolean()
      default: try reader.json.skipValue()
      }
    }
    return feature
  }

  private mutating func text() throws -> TextContent {
    var text = TextContent("")
    try object { reader, key in
      switch key {
      case "string": text.string = try reader.json.text()
      case "fontName": text.fontName = try reader.json.text()
      case "fontSize":
        text.fontSize = try reader.number(key, in: 0...Double.greatestFiniteMagnitude)
      case "color":
        let start = reader.json.offset
        var channels: [UInt8] = []
        try reader.array(of: key) { reader, _ in channels.append(try reader.byte("color")) }
        guard channels.count == 4 else {
          throw reader.fault("does not have four channels", in: key, at: start)
        }
        text.color = RGBAPixel(
          red: channels[0], green: channels[1], blue: channels[2], alpha: channels[3])
      default: try reader.json.skipValue()
      }
    }
    return text
  }

  private mutating func figures() throws -> DecompositionRun.Figures {
    var figures = DecompositionRun.Figures(psnr: nil, maximumError: 0)
    try object { reader, key in
      switch key {
      case "psnr" where try reader.json.nextKind() == .number:
        figures.psnr = try reader.number(key, in: -1e6...1e6)
      case "maximumError": figures.maximumError = try reader.integer(key, in: 0...255)
      default: try reader.json.skipValue()
      }
    }
    return figures
  }
}
