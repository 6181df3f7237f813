import Compositing
import DocumentModel
import Foundation
import Raster

/// What another reader should find in a file, for `Tools/check_psd.py`.
struct SampleDescription: Encodable {
  struct Node: Encodable {
    let kind: String
    let name: String
    let visible: Bool
    let opacity: UInt8
    let blend: String
    let clipped: Bool
    let frame: [Int]?
    /// The pixels in base 64.
    let pixels: Data?
    let mask: Data?
    let maskFrame: [Int]?
    let children: [Node]
  }

  let canvas: [Int]
  let nodes: [Node]
  /// The composite in base 64.
  let composite: Data

  init(_ document: LayeredDocument) throws {
    canvas = [document.canvas.width, document.canvas.height]
    nodes = document.nodes.map(Node.init)
    composite = Data(try document.composite().pixels)
  }

  func write(to path: String) throws {
    try JSONEncoder().encode(self).write(to: URL(fileURLWithPath: path))
  }
}

extension SampleDescription.Node {
  init(_ node: LayerNode) {
    let attributes = node.attributes
    name = attributes.name
    visible = attributes.isVisible
    opacity = attributes.opacity.byte
    blend = attributes.blendMode.photoshopKey
    clipped = attributes.isClipped
    mask = attributes.mask?.pixels.map { Data($0.pixels) }
    maskFrame = attributes.mask?.frame?.numbers
    children = node.children.map(Self.init)
    switch node {
    case .layer(let layer):
      kind = "layer"
      frame = layer.frame?.numbers
      pixels = layer.pixels.map { Data($0.pixels) }
    case .group:
      kind = "group"
      frame = nil
      pixels = nil
    }
  }
}

extension PixelRectangle {
  fileprivate var numbers: [Int] { [x, y, x + width, y + height] }
}
