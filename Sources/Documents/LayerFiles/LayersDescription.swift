import DocumentModel
import FoundationEssentials
import Raster

/// The content of `layers.json`.
///
/// The keys that decompositions write stand there always. The others, which hold what only documents
/// have, are left out where they say nothing.
struct LayersDescription {
  /// What layers and groups have in common.
  struct Attributes {
    var name = ""
    var opacity = 1.0
    var blendMode = BlendMode.normal
    var isVisible = true
    var fillOpacity = 1.0
    var isClipped = false
    var mask: Mask?
    var vectorMask: Mask?
    var features: [LayerFeature] = []
  }

  /// A mask, whose painted part is a grey picture of its own.
  struct Mask {
    var file: String?
    var origin = PixelPoint.zero
    var defaultValue: UInt8 = 255
    var isDisabled = false
    var isLinked = true
    var density = 1.0
    var featherRadius = 0.0
  }

  struct Layer {
    /// 0 is the bottom.
    var index: Int
    var file: String
    var attributes = Attributes()
    /// Of the pixels that are not fully transparent, on the canvas; empty where all are.
    var boundingBox = PixelRectangle(x: 0, y: 0, width: 0, height: 0)
    /// Where the top left corner of the picture lies on the canvas.
    var origin = PixelPoint.zero
    /// False for a layer without pixels, whose file is one clear pixel.
    var hasPixels = true
    var text: TextContent?
  }

  struct Group {
    var attributes = Attributes()
    var isExpanded = true
    var members: [Member] = []
  }

  /// A place in the tree, which is there where layers lie in groups.
  indirect enum Member {
    /// By its index.
    case layer(Int)
    case group(Group)
  }

  var canvas: PixelSize
  var layers: [Layer] = []
  var tree: [Member]?
  var resolution = Resolution.screen
  var run: DecompositionRun?
}

/// Of which run of the models layers are: what `layers.json` says besides the layers.
package struct DecompositionRun: Hashable, Sendable {
  /// How well the layers give the picture back.
  package struct Figures: Hashable, Sendable {
    /// In dB; `nil` where the layers give the picture back exactly.
    package var psnr: Double?
    /// The largest difference of a channel, 0...255.
    package var maximumError: Int

    /// Makes figures of numbers.
    package init(psnr: Double?, maximumError: Int) {
      self.psnr = psnr
      self.maximumError = maximumError
    }

    /// Takes the figures of a comparison.
    package init(_ recomposition: Recomposition) {
      self.init(
        psnr: recomposition.psnr.isFinite ? recomposition.psnr : nil,
        maximumError: recomposition.maximumError)
    }
  }

  /// The picture, as it was given.
  package var source: String
  /// The folder of the model, as it was given.
  package var model: String
  package var seed: UInt64
  package var steps: Int
  /// The prompt that was used, given or found.
  package var prompt: String
  /// `nil` where the layers are no longer those of the run.
  package var recomposition: Figures?

  /// Makes a run of its parts.
  package init(
    source: String, model: String, seed: UInt64, steps: Int, prompt: String,
    recomposition: Figures?
  ) {
    self.source = source
    self.model = model
    self.seed = seed
    self.steps = steps
    self.prompt = prompt
    self.recomposition = recomposition
  }
}
