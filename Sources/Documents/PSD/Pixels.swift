import ByteIO
import Raster

// Compressed channels of a file as pictures of 8 bits.

extension PhotoshopFile {
  /// Whether the file says that its merged picture is the picture; files saved for size have a
  /// white one.
  package var hasMergedPicture: Bool {
    guard let resource = imageResources[.versionInformation] else { return true }
    return (try? VersionInformation(reading: resource))?.hasMergedPicture ?? true
  }

  /// The merged picture in the colours of the document, with straight alpha.
  ///
  /// Alpha is the first channel after the colours where the layers say so; the file blends such a
  /// picture with white, which is taken out again.
  ///
  /// - Throws: ``MalformedData`` where its data is broken or its size beyond limits.
  package func mergedPicture() throws(MalformedData) -> RasterImage {
    let conversion = ColorConversion(of: self)
    let colorCount = conversion.colorChannelCount(of: header.channelCount)
    let isTransparent =
      layerAndMaskInformation.hasMergedTransparency && header.channelCount > colorCount
    let stored = try mergedChannels(count: colorCount + (isTransparent ? 1 : 0))
    let layout = ChannelLayout(size: header.size, channelCount: 1, depth: header.depth)
    let alpha =
      isTransparent
      ? stored.last.map { eightBitSamples($0, layout: layout, meaning: .coverage) } : nil
    // White is 255 in every channel, inks included, so it is taken out before inks become colours.
    let colors = stored.prefix(colorCount).map { color in
      let samples = eightBitSamples(color, layout: layout, meaning: .color)
      return alpha.map { withoutWhite(samples, under: $0) } ?? samples
    }
    return try picture(colors: colors, alpha: alpha, size: header.size, by: conversion)
  }

  /// A layer's own pixels in the colours of the document, with straight alpha; `nil` where it has none.
  ///
  /// A missing transparency counts as opaque, a missing colour as 255.
  ///
  /// - Throws: ``MalformedData`` where a channel is broken.
  package func pixels(of layer: LayerRecord) throws(MalformedData) -> RasterImage? {
    let repaired = try repairedPixels(of: layer)
    if let fault = repaired.faults.first { throw fault }
    return repaired.pixels
  }

  /// A layer's own pixels with what is broken of them put right: a colour becomes 0, transparency opaque.
  ///
  /// - Returns: The pixels, `nil` where the layer has none or no channel is sound; and the fault of each broken channel.
  /// - Throws: ``MalformedData`` where the picture would be too large.
  func repairedPixels(
    of layer: LayerRecord, inks: ColorConversion.Inks = .converted
  ) throws(MalformedData) -> (pixels: RasterImage?, faults: [MalformedData]) {
    let size = layer.rectangle.size
    let conversion = ColorConversion(of: self, inks: inks)
    let colorCount = conversion.colorChannelCount(of: header.channelCount)
    guard layer.channels.contains(where: { (0..<colorCount).contains(Int($0.id)) }),
      let pixelCount = size.pixelCount, pixelCount > 0
    else { return (nil, []) }
    var faults: [MalformedData] = []
    /// The samples of a channel; `nil` where it is broken, none where the layer lacks it.
    func channel(_ id: Int16, _ meaning: SampleMeaning) -> [UInt8]? {
      do throws(MalformedData) {
        return try samples(of: layer, id: id, size: size, meaning: meaning) ?? []
      } catch {
        faults.append(error)
        return nil
      }
    }
    let alpha = channel(-1, .coverage)
    let stored = (0..<colorCount).map { channel(Int16($0), .color) }
    // Only data that is there shows that the size is not made up; nothing is filled before.
    guard (stored + [alpha]).contains(where: { $0?.isEmpty == false }) else { return (nil, faults) }
    let colors = stored.map { samples in
      guard samples?.isEmpty == false, let samples else {
        return [UInt8](repeating: samples == nil ? 0 : 255, count: pixelCount)
      }
      return samples
    }
    let coverage = alpha?.isEmpty == false ? alpha : nil
    return (try picture(colors: colors, alpha: coverage, size: size, by: conversion), faults)
  }

  /// Decodes the coverage that a mask channel holds.
  ///
  /// - Parameters:
  ///   - id: -2 or -3.
  ///   - layer: The layer whose mask it is.
  ///   - rectangle: The mask's rectangle.
  /// - Returns: A byte a pixel of the rectangle; `nil` where the channel is missing or the
  ///   rectangle
  ///   empty.
  /// - Throws: ``MalformedData`` where the channel is broken.
  package func maskSamples(
    _ id: Int16, of layer: LayerRecord, in rectangle: ChannelRectangle
  ) throws(MalformedData) -> [UInt8]? {
    guard let pixelCount = rectangle.size.pixelCount, pixelCount > 0 else { return nil }
    return try samples(of: layer, id: id, size: rectangle.size, meaning: .coverage)
  }

  private func samples(
    of layer: LayerRecord, id: Int16, size: PixelSize, meaning: SampleMeaning
  ) throws(MalformedData) -> [UInt8]? {
    guard let channel = layer.channels.first(where: { $0.id == id }) else { return nil }
    let field = "data of channel \(id)"
    guard let compression = channel.compression else {
      throw MalformedData(.truncated, in: field, at: channel.data.startIndex)
    }
    let layout = ChannelLayout(size: size, channelCount: 1, depth: header.depth)
    let stored = try compression.decode(
      channel.data, as: layout, in: header.version, field: field)
    return eightBitSamples(stored, layout: layout, meaning: meaning)
  }

  /// The first channels of the merged picture, as stored raw.
  private func mergedChannels(count: Int) throws(MalformedData) -> [[UInt8]] {
    let layout = ChannelLayout(
      size: header.size, channelCount: header.channelCount, depth: header.depth)
    let all = try imageData.compression.decode(
      imageData.data, as: layout, in: header.version, field: "merged picture")
    let byteCount = layout.rowByteCount * header.size.height
    return (0..<count).map { Array(all[$0 * byteCount..<($0 + 1) * byteCount]) }
  }

  private func picture(
    colors: [[UInt8]], alpha: [UInt8]?, size: PixelSize, by conversion: ColorConversion
  ) throws(MalformedData) -> RasterImage {
    guard size.isInRange, let pixelCount = size.pixelCount,
      pixelCount <= ChannelLayout.maximumByteCount / 4
    else {
      throw MalformedData(
        .overLimit(
          found: Int64(clamping: 4 * (size.pixelCount ?? .max / 4)),
          limit: Int64(ChannelLayout.maximumByteCount)), in: "decoded size", at: 14)
    }
    let pixels = conversion.rgba(colors: colors, alpha: alpha, pixelCount: pixelCount)
    do {
      return try RasterImage(size: size, pixels: pixels)
    } catch {
      throw MalformedData(.invalid("\(error)"), in: "picture", at: 14)
    }
  }
}

/// Undoes a blend with white, pixel by pixel: colour `c` under alpha `a` was stored as `c a / 255 +
/// 255 - a`.
private func withoutWhite(_ samples: [UInt8], under alpha: [UInt8]) -> [UInt8] {
  zip(samples, alpha).map { sample, alpha in
    guard alpha > 0, alpha < 255 else { return sample }
    let color = max(0, Int(sample) + Int(alpha) - 255)
    return UInt8(min(255, (color * 255 + Int(alpha) / 2) / Int(alpha)))
  }
}
