import CAssetDrawing
import Glibc
import Raster

/// SVG and text as pixels, by librsvg, Pango and Cairo, which are opened at run time.
struct DrawingLibraries {
  private let pointer: OpaquePointer

  /// A line of text as pixels.
  struct Line {
    var image: RasterImage
    /// From the top.
    var baseline: Int
  }

  /// Opens the libraries.
  ///
  /// - Parameter fonts: A folder; no other fonts are used.
  /// - Throws: ``AssetBuildError/missingLibrary(_:)``.
  init(fonts: String) throws(AssetBuildError) {
    var missing: UnsafePointer<CChar>?
    guard let pointer = cad_open(fonts, &missing) else {
      throw .missingLibrary(missing.map { String(cString: $0) } ?? "")
    }
    self.pointer = pointer
  }

  /// An SVG picture whose longer side has so many pixels; `nil` where it cannot be drawn.
  func picture(svg: [UInt8], side: Int) -> RasterImage? {
    var (width, height): (Int32, Int32) = (0, 0)
    return image(cad_svg(pointer, svg, svg.count, Int32(side), &width, &height), width, height)
  }

  /// A line of text; `nil` where the face lacks a character.
  func line(_ text: String, face: String, em: Int, margin: Int) -> Line? {
    var (width, height, baseline): (Int32, Int32, Int32) = (0, 0, 0)
    let pixels = cad_text(
      pointer, face, Int32(em), text, Int32(margin), &width, &height, &baseline)
    return image(pixels, width, height).map { Line(image: $0, baseline: Int(baseline)) }
  }

  private func image(
    _ pixels: UnsafeMutablePointer<UInt8>?, _ width: Int32, _ height: Int32
  ) -> RasterImage? {
    guard let pixels else { return nil }
    defer { free(pixels) }
    let size = PixelSize(width: Int(width), height: Int(height))
    return try? RasterImage(
      size: size,
      pixels: Array(UnsafeBufferPointer(start: pixels, count: size.width * size.height * 4)))
  }
}
