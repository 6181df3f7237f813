import Compositing
import DocumentModel
import Raster

/// The layers of a CMYK file in their inks, as Photoshop merges them: colours are made of the merged inks alone.
///
/// Blend modes that work channel by channel give every ink its due; of those that mix channels (hue, saturation, colour,
/// luminosity and the lighter or darker colour) cyan, magenta and yellow are mixed with one another and black with itself.
package struct InkDocument: Sendable {
  /// Cyan, magenta and yellow in the places of red, green and blue.
  private let colored: LayeredDocument
  /// Black in all three places.
  private let black: LayeredDocument
  private let conversion: ColorConversion

  /// Reads the layers; `nil` where the file has none or is of other colours.
  ///
  /// - Parameters:
  ///   - file: The file.
  ///   - isLenient: As for ``PhotoshopFile/readDocument(isLenient:)``.
  /// - Throws: What that throws.
  package init?(of file: PhotoshopFile, isLenient: Bool = false) throws {
    guard file.header.colorMode == .cmyk, !file.layerAndMaskInformation.layers.isEmpty else {
      return nil
    }
    colored = try file.readDocument(isLenient: isLenient, inks: .colored).document
    black = try file.readDocument(isLenient: isLenient, inks: .black).document
    conversion = ColorConversion(of: file)
  }

  /// A rectangle of the merged picture, as `LayeredDocument.composite(of:)` gives it, in sRGB.
  package func composite(of rectangle: PixelRectangle) throws(RasterError) -> RasterImage {
    let inks = try colored.composite(of: rectangle)
    return try RasterImage(
      size: inks.size,
      pixels: conversion.rgba(
        colored: inks.pixels, black: black.composite(of: rectangle).pixels))
  }

  /// All visible layers merged.
  package func composite() throws(RasterError) -> RasterImage {
    try composite(
      of: PixelRectangle(
        x: 0, y: 0, width: colored.canvas.width, height: colored.canvas.height))
  }
}
