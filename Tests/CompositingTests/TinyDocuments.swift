import DocumentModel
import Raster

/// A picture of one row.
func row(_ pixels: [RGBAPixel]) throws -> RasterImage {
  try RasterImage(
    size: PixelSize(width: pixels.count, height: 1),
    pixels: pixels.flatMap { [$0.red, $0.green, $0.blue, $0.alpha] })
}

/// A grey pixel.
func grey(_ value: UInt8, alpha: UInt8 = 255) -> RGBAPixel {
  RGBAPixel(red: value, green: value, blue: value, alpha: alpha)
}

/// A layer of one row at the canvas's top left corner.
func layer(_ pixels: [RGBAPixel], _ attributes: LayerAttributes = .init(name: "")) throws
  -> LayerNode
{
  .layer(Layer(attributes: attributes, pixels: try row(pixels)))
}

/// A group.
func group(_ children: [LayerNode], _ attributes: LayerAttributes) throws -> LayerNode {
  .group(try LayerGroup(attributes: attributes, children: children))
}

/// The composite of nodes on a canvas of one row.
func composite(_ nodes: [LayerNode], width: Int = 1) throws -> [RGBAPixel] {
  let canvas = PixelSize(width: width, height: 1)
  let image = try LayeredDocument(canvas: canvas, nodes: nodes).composite()
  return (0..<width).map { image[x: $0, y: 0] }
}

/// A mask of one row at the canvas's top left corner.
func mask(
  _ values: [UInt8], defaultValue: UInt8 = 255, isDisabled: Bool = false,
  density: Opacity = .opaque
) throws -> LayerMask {
  let pixels = try GreyImage(size: PixelSize(width: values.count, height: 1), pixels: values)
  return LayerMask(
    pixels: pixels, defaultValue: defaultValue, isDisabled: isDisabled, density: density)
}
