import ImageCodecs
import Raster

/// What turns the 8-bit channels of a file into the RGB of its document.
///
/// - RGB, bitmap, grey and duotone: as they are, grey the same in red, green and blue; the inks of a duotone are left out.
///   These numbers are sRGB unless the file has a profile, which then is the document's: layers are blended in the
///   file's own numbers, as Photoshop does.
/// - Indexed: the palette.
/// - CMYK, stored as 255 minus ink: red is `C K / 255` rounded, green and blue alike.
/// - Lab: CIE Lab of illuminant D50, cut to what sRGB can show.
/// - Multichannel: the first channels as C, M, Y and K; one alone as grey.
///
/// CMYK of up to 16 bits goes through the file's ICC profile to sRGB instead where it is sound.
struct ColorConversion {
  /// What becomes of CMYK.
  enum Inks {
    /// They become sRGB.
    case converted
    /// Cyan, magenta and yellow stay as they are stored, in the places of red, green and blue.
    case colored
    /// Black stays as it is stored, in all three places.
    case black
  }

  private let colorMode: FileHeader.ColorMode
  private let inks: Inks
  private let palette: [RGBAPixel]
  private let profile: ArraySlice<UInt8>?

  init(of file: PhotoshopFile, inks: Inks = .converted) {
    colorMode = file.header.colorMode
    self.inks = inks
    palette = file.colorModeData.palette ?? []
    profile = file.header.depth == .thirtyTwo ? nil : file.imageResources[.colorProfile]?.data
  }

  /// How many channels, the first ones, make the colour.
  func colorChannelCount(of channelCount: Int) -> Int {
    min(channelCount, colorMode.colorChannelCount ?? 4)
  }

  /// Joins channels of `pixelCount` bytes each.
  ///
  /// - Parameters:
  ///   - colors: The colour channels; one that is missing counts as 255.
  ///   - alpha: The transparency; `nil` is opaque.
  ///   - pixelCount: Pixels of every channel.
  /// - Returns: Red, green, blue and alpha of each pixel.
  func rgba(colors: [[UInt8]], alpha: [UInt8]?, pixelCount: Int) -> [UInt8] {
    let isGrey = colorMode == .multichannel && colors.count == 1
    if colorMode == .rgb, colors.count == 3,
      (colors + [alpha ?? colors[0]]).allSatisfy({ $0.count >= pixelCount })
    {
      return interleaved(colors[0], colors[1], colors[2], alpha: alpha, pixelCount: pixelCount)
    }
    var pixels = [UInt8](repeating: 255, count: 4 * pixelCount)
    let kept =
      switch inks {
      case .converted: colors[...]
      case .colored: colors.prefix(3)
      case .black: Array(repeating: colors.last ?? [], count: 3)[...]
      }
    for (channel, samples) in kept.prefix(4).enumerated() {
      copy(samples, to: &pixels, channel: channel)
    }
    if inks == .converted, !convertByProfile(&pixels) {
      convertByFormula(&pixels, isGrey: isGrey)
    }
    if let alpha { copy(alpha, to: &pixels, channel: 3) }
    return pixels
  }

  /// Pixels of four whole channels, by far the most frequent case, in one pass.
  private func interleaved(
    _ red: [UInt8], _ green: [UInt8], _ blue: [UInt8], alpha: [UInt8]?, pixelCount: Int
  ) -> [UInt8] {
    [UInt8](unsafeUninitializedCapacity: 4 * pixelCount) { bytes, filledCount in
      red.withUnsafeBufferPointer { red in
        green.withUnsafeBufferPointer { green in
          blue.withUnsafeBufferPointer { blue in
            let pixels = UnsafeMutableRawBufferPointer(bytes)
            func fill(_ alpha: (Int) -> UInt8) {
              for index in 0..<pixelCount {
                let pixel =
                  UInt32(red[index]) | UInt32(green[index]) << 8 | UInt32(blue[index]) << 16
                  | UInt32(alpha(index)) << 24
                pixels.storeBytes(
                  of: pixel.littleEndian, toByteOffset: 4 * index, as: UInt32.self)
              }
            }
            if let alpha {
              alpha.withUnsafeBufferPointer { alpha in fill { alpha[$0] } }
            } else {
              fill { _ in 255 }
            }
          }
        }
      }
      filledCount = 4 * pixelCount
    }
  }

  private func copy(_ samples: [UInt8], to pixels: inout [UInt8], channel: Int) {
    pixels.withUnsafeMutableBufferPointer { bytes in
      for index in 0..<min(samples.count, bytes.count / 4) {
        bytes[4 * index + channel] = samples[index]
      }
    }
  }

  /// Makes colours of merged inks.
  ///
  /// - Parameters:
  ///   - colored: Cyan, magenta and yellow in the places of red, green and blue, and alpha.
  ///   - black: Black in all three places.
  /// - Returns: Red, green, blue and alpha of each pixel; black where alpha is 0.
  func rgba(colored: [UInt8], black: [UInt8]) -> [UInt8] {
    var pixels = colored
    copyBlack(of: black, to: &pixels)
    if !convertByProfile(&pixels) { convertByFormula(&pixels, isGrey: false) }
    pixels.withUnsafeMutableBufferPointer { bytes in
      for first in stride(from: 0, to: min(bytes.count, colored.count), by: 4) {
        bytes[first + 3] = colored[first + 3]
        if bytes[first + 3] == 0 { for channel in 0..<3 { bytes[first + channel] = 0 } }
      }
    }
    return pixels
  }

  private func copyBlack(of black: [UInt8], to pixels: inout [UInt8]) {
    pixels.withUnsafeMutableBufferPointer { bytes in
      for first in stride(from: 0, to: min(bytes.count, black.count), by: 4) {
        bytes[first + 3] = black[first]
      }
    }
  }

  private func convertByProfile(_ pixels: inout [UInt8]) -> Bool {
    guard colorMode == .cmyk, let profile, !profile.isEmpty else { return false }
    return convertInvertedCMYK(&pixels, profile: profile)
  }

  private func convertByFormula(_ pixels: inout [UInt8], isGrey: Bool) {
    switch colorMode {
    case .rgb: break
    case .indexed:
      replace(in: &pixels) { index, _, _, _ in
        let color = Int(index) < palette.count ? palette[Int(index)] : .clear
        return (color.red, color.green, color.blue)
      }
    case .lab: replace(in: &pixels) { lightness, a, b, _ in sRGB(lightness: lightness, a: a, b: b) }
    case .cmyk: replace(in: &pixels, by: sRGB(cyan:magenta:yellow:black:))
    case .multichannel where !isGrey: replace(in: &pixels, by: sRGB(cyan:magenta:yellow:black:))
    case .bitmap, .grayscale, .duotone, .multichannel:
      replace(in: &pixels) { grey, _, _, _ in (grey, grey, grey) }
    }
  }

  /// Puts the colours that `convert` makes of a pixel's four bytes in their place, with alpha 255.
  private func replace(
    in pixels: inout [UInt8], by convert: (UInt8, UInt8, UInt8, UInt8) -> (UInt8, UInt8, UInt8)
  ) {
    pixels.withUnsafeMutableBufferPointer { bytes in
      for first in stride(from: 0, to: bytes.count, by: 4) {
        (bytes[first], bytes[first + 1], bytes[first + 2]) = convert(
          bytes[first], bytes[first + 1], bytes[first + 2], bytes[first + 3])
        bytes[first + 3] = 255
      }
    }
  }
}

/// Inks as stored, 255 minus ink: what each colour lets through, times what black does.
private func sRGB(
  cyan: UInt8, magenta: UInt8, yellow: UInt8, black: UInt8
) -> (UInt8, UInt8, UInt8) {
  func product(_ ink: UInt8) -> UInt8 { UInt8((UInt32(ink) * UInt32(black) + 127) / 255) }
  return (product(cyan), product(magenta), product(yellow))
}

extension PhotoshopFile {
  /// The profile of the document's colours; `nil` means sRGB.
  var documentProfile: ColorProfile? {
    guard let data = imageResources[.colorProfile]?.data else { return nil }
    return switch (header.colorMode, header.depth) {
    // Samples of 32 bits get the curve of sRGB in place of their profile, which is linear.
    case (_, .thirtyTwo): nil
    case (.rgb, _): ColorProfile(data, of: .rgb)
    case (.grayscale, _): ColorProfile(data, of: .grey)
    case (.bitmap, _), (.indexed, _), (.cmyk, _), (.multichannel, _), (.duotone, _), (.lab, _): nil
    }
  }
}
