import CImageCodecs
import Glibc
import Raster

/// What turns the colours of a document into the samples of its file: the other way round of ``ColorConversion``.
struct StoredColors {
  let colorMode: FileHeader.ColorMode
  let depth: FileHeader.Depth
  private let profile: ArraySlice<UInt8>?

  /// Of a new file: 8 bits of RGB as they are.
  init() {
    colorMode = .rgb
    depth = .eight
    profile = nil
  }

  /// Those of an existing file.
  init(of file: PhotoshopFile) {
    colorMode = file.header.colorMode
    depth = file.header.depth
    profile = depth == .thirtyTwo ? nil : file.imageResources[.colorProfile]?.data
  }

  /// Whether edited pixels of a layer can be stored.
  var takesLayers: Bool { colorMode == .rgb || colorMode == .grayscale }

  /// Whether a merged picture can be stored.
  var takesMergedPicture: Bool {
    guard depth != .one else { return false }
    switch colorMode {
    case .rgb, .grayscale, .duotone, .cmyk: return true
    case .bitmap, .indexed, .multichannel, .lab: return false
    }
  }

  /// How many channels make a colour.
  var channelCount: Int { colorMode.colorChannelCount ?? 4 }

  /// Makes the first ``channelCount`` of the four bytes of each pixel the file's colours.
  ///
  /// Grey is 0.3 red, 0.59 green and 0.11 blue. CMYK goes through the file's profile; without a usable one it has no
  /// black ink.
  func convert(_ pixels: inout [UInt8]) {
    if convertByProfile(&pixels) { return }
    switch colorMode {
    case .grayscale, .duotone:
      pixels.withUnsafeMutableBufferPointer { bytes in
        for first in stride(from: 0, to: bytes.count, by: 4) {
          let (red, green, blue) = (Int(bytes[first]), Int(bytes[first + 1]), Int(bytes[first + 2]))
          bytes[first] = UInt8((77 * red + 151 * green + 28 * blue + 128) >> 8)
        }
      }
    case .cmyk:
      pixels.withUnsafeMutableBufferPointer { bytes in
        for black in stride(from: 3, to: bytes.count, by: 4) { bytes[black] = 255 }
      }
    case .rgb, .bitmap, .indexed, .multichannel, .lab: break
    }
  }

  private func convertByProfile(_ pixels: inout [UInt8]) -> Bool {
    guard colorMode == .cmyk, let profile, !profile.isEmpty, let notes = ci_notes_make(0) else {
      return false
    }
    defer { ci_notes_free(notes) }
    let result = pixels.withUnsafeMutableBufferPointer { target in
      profile.withUnsafeBufferPointer { profile in
        ci_convert_from_srgb(
          target.baseAddress, target.count / 4, Int32(CI_CMYK), 1, profile.baseAddress,
          profile.count, notes)
      }
    }
    return result == 1
  }

  /// The stored form of every 8-bit sample, ``sampleByteCount`` bytes each; reading gives the sample back.
  func storedSamples(of meaning: SampleMeaning) -> [UInt8] {
    (0...255 as ClosedRange<UInt8>).flatMap { value -> [UInt8] in
      switch depth {
      case .one, .eight: return [value]
      case .sixteen: return [value, value]
      case .thirtyTwo:
        let number = meaning == .color ? linear(sRGBByte: value) : Float(value) / 255
        let bits = number.bitPattern
        return [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: bits >> $0) }
      }
    }
  }

  /// Bytes of a stored sample.
  var sampleByteCount: Int { max(1, Int(depth.rawValue) / 8) }

  /// Packs one channel of pixels that are the file's colours already.
  ///
  /// - Parameters:
  ///   - bytes: Rows of pixels.
  ///   - channel: The byte of each pixel, 0...`stride` - 1.
  ///   - stride: Bytes of a pixel.
  ///   - width: Pixels of a row.
  ///   - meaning: Whether the channel is a colour or coverage.
  ///   - rows: Takes the packed rows.
  func pack(
    _ bytes: UnsafeBufferPointer<UInt8>, channel: Int, stride: Int, width: Int,
    meaning: SampleMeaning, to rows: inout PackedRows
  ) {
    guard width > 0 else { return }
    let stored = storedSamples(of: meaning)
    let sampleByteCount = sampleByteCount
    var row = [UInt8](repeating: 0, count: width * sampleByteCount)
    for first in Swift.stride(from: 0, to: bytes.count, by: width * stride) {
      row.withUnsafeMutableBufferPointer { row in
        if sampleByteCount == 1 {
          for column in 0..<width { row[column] = bytes[first + column * stride + channel] }
        } else {
          for column in 0..<width {
            let sample = Int(bytes[first + column * stride + channel]) * sampleByteCount
            for byte in 0..<sampleByteCount {
              row[column * sampleByteCount + byte] = stored[sample + byte]
            }
          }
        }
        rows.append(UnsafeBufferPointer(row))
      }
    }
  }
}

/// A byte of sRGB as linear light.
///
/// Source: IEC 61966-2-1.
private func linear(sRGBByte byte: UInt8) -> Float {
  sRGBLinearLight[Int(byte)]
}

private let sRGBLinearLight: [Float] = (0...255).map { (byte: Int) -> Float in
  let value = Double(byte) / 255
  return Float(value <= 0.04045 ? value / 12.92 : Glibc.pow((value + 0.055) / 1.055, 2.4))
}
