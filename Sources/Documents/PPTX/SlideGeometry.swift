import DocumentModel
import Raster

/// Where pixels of the canvas lie on the slide, in English Metric Units: 914,400 an inch, 12,700 a point.
///
/// The slide has the canvas's size in inches by its resolution. A slide's sides lie in
/// 914,400...51,206,400 units: a larger canvas is scaled down to fit, a smaller one up until the shorter
/// side fits. A canvas too narrow for that fills the longer side and begins at the top left corner.
///
/// Source: ECMA-376 part 1, 19.7.18 "ST_SlideSizeCoordinate" and 20.1.10.16 "ST_Coordinate".
struct SlideGeometry {
  /// A rectangle on the slide; its sides are 1 unit at least.
  struct Rectangle: Hashable {
    var left: Int
    var top: Int
    var right: Int
    var bottom: Int

    var width: Int { max(1, right - left) }
    var height: Int { max(1, bottom - top) }

    /// The smallest rectangle that holds both.
    func union(_ other: Rectangle) -> Rectangle {
      Rectangle(
        left: min(left, other.left), top: min(top, other.top), right: max(right, other.right),
        bottom: max(bottom, other.bottom))
    }
  }

  static let unitsPerInch = 914_400.0
  static let unitsPerPoint = 12_700.0
  static let slideSides = 914_400...51_206_400

  /// The sides of the slide.
  let width: Int
  let height: Int

  /// How many times the size in inches that the resolution asks for the canvas has.
  let scale: Double

  private let canvas: PixelRectangle
  private let unitsPerColumn: Double
  private let unitsPerRow: Double

  init(canvas: PixelSize, resolution: Resolution) {
    // Resolutions may be any positive numbers; beyond these no size in inches makes sense.
    func clamped(_ pixelsPerInch: Double) -> Double { min(max(pixelsPerInch, 1), 30_000) }
    let column = Self.unitsPerInch / clamped(resolution.horizontal)
    let row = Self.unitsPerInch / clamped(resolution.vertical)
    let sides = [Double(canvas.width) * column, Double(canvas.height) * row]
    let (shorter, longer) = (min(sides[0], sides[1]), max(sides[0], sides[1]))
    let (least, most) = (Double(Self.slideSides.lowerBound), Double(Self.slideSides.upperBound))
    scale = longer > most ? most / longer : min(max(1, least / shorter), most / longer)
    unitsPerColumn = column * scale
    unitsPerRow = row * scale
    func side(_ units: Double) -> Int {
      min(max(Int(units.rounded()), Self.slideSides.lowerBound), Self.slideSides.upperBound)
    }
    width = side(Double(canvas.width) * unitsPerColumn)
    height = side(Double(canvas.height) * unitsPerRow)
    self.canvas = PixelRectangle(origin: .zero, size: canvas)
  }

  /// Whether the slide is wider or higher than the canvas on it.
  var exceedsCanvas: Bool {
    let canvas = place(canvas)
    return canvas.right < width || canvas.bottom < height
  }

  /// Where pixels lie; those that meet on the canvas meet on the slide.
  func place(_ pixels: PixelRectangle) -> Rectangle {
    Rectangle(
      left: Int((Double(pixels.x) * unitsPerColumn).rounded()),
      top: Int((Double(pixels.y) * unitsPerRow).rounded()),
      right: Int((Double(pixels.x + pixels.width) * unitsPerColumn).rounded()),
      bottom: Int((Double(pixels.y + pixels.height) * unitsPerRow).rounded()))
  }

  /// The part of a layer that can be placed: all of it, also beyond the slide, as long as programs with
  /// coordinates of 32 bits can hold it and nothing would show beside the canvas; otherwise what lies on
  /// the canvas, `nil` where that is nothing.
  func placeablePart(of pixels: PixelRectangle) -> PixelRectangle? {
    let place = place(pixels)
    let reach = Int(Int32.min)...Int(Int32.max)
    if !exceedsCanvas,
      [place.left, place.top, place.right, place.bottom].allSatisfy(reach.contains)
    {
      return pixels
    }
    let (left, top) = (max(pixels.x, 0), max(pixels.y, 0))
    let right = min(pixels.x + pixels.width, canvas.width)
    let bottom = min(pixels.y + pixels.height, canvas.height)
    guard left < right, top < bottom else { return nil }
    return PixelRectangle(x: left, y: top, width: right - left, height: bottom - top)
  }

  /// The height of a font in hundredths of a point, as far as the format allows.
  func fontSize(ofPixels height: Double) -> Int {
    let size = height * unitsPerRow / Self.unitsPerPoint * 100
    return Int(min(max(size.isNaN ? 0 : size.rounded(), 100), 400_000))
  }
}
