import Digests
import DocumentModel
import ImageCodecs
import OneLine
import PSD
import Raster
import Shards

/// The way from the bytes of a PSD file to a sample: every stage after the other.
package struct SampleMaking: Sendable {
  private let configuration: BuildConfiguration

  package init(_ configuration: BuildConfiguration) {
    self.configuration = configuration
  }

  /// Makes the sample of a file.
  ///
  /// - Parameters:
  ///   - bytes: The file.
  ///   - record: Names the file; receives what became of it and of its layers.
  /// - Returns: The sample; `nil` where the record says why there is none.
  package func callAsFunction(_ bytes: [UInt8], record: inout SourceRecord) -> EncodedSample? {
    do {
      return try sample(bytes, &record)
    } catch let drop as FileDrop {
      record.drop(drop)
    } catch {
      record.drop(FileDrop(.unreadable, onOneLine("\(error)")))
    }
    return nil
  }

  private func sample(_ bytes: [UInt8], _ record: inout SourceRecord) throws -> EncodedSample {
    let file = try PhotoshopFile(reading: bytes)
    let canvas = file.header.size
    record.canvas = SourceRecord.Size(width: canvas.width, height: canvas.height)
    try checkSize(canvas)
    let read = try file.readDocument(isLenient: true)
    record.layerCount = read.document.layers.count

    // Extraction
    let broken = Set(
      read.warnings.compactMap { warning in
        if case .broken = warning.reason { warning.layer } else { nil }
      })
    let extraction = try Extraction(
      of: read.document, broken: broken, maximumError: configuration.maximumError,
      maximumContribution: configuration.maximumContribution)
    record.notRendered = extraction.notRendered
    record.droppedLayers = extraction.dropped
    try compare(extraction, with: file, profile: read.document.profile)

    // Filtering
    let filtered = Filtering(configuration)(extraction.layers)
    record.droppedLayers += filtered.dropped
    var layers = filtered.kept
    var picture = extraction.picture
    var measured = extraction.measurement
    if !filtered.dropped.isEmpty {
      // The picture is that of the layers that stay.
      picture = try rendered(layers, on: canvas)
      measured = StackMeasurement(
        of: layers.map(\.pixels), on: canvas, limit: configuration.maximumContribution)
    }
    if !measured.isOpaque {
      try addBackground(to: &layers, on: canvas)
      record.notes.append("white background added")
      measured = StackMeasurement(
        of: layers.map(\.pixels), on: canvas, limit: configuration.maximumContribution)
    }

    // Leaving out what contributes nothing
    let needed = try layers.withoutNonContributing(
      on: canvas, limit: configuration.maximumContribution, measured)
    record.droppedLayers += needed.dropped
    layers = needed.kept
    record.contributingLayerCount = layers.count

    // Merging
    let images = layers.map(\.pixels)
    var merging =
      configuration.mergesDisjointLayers
      ? Merging(disjoint: images, on: canvas) : Merging(separate: images.count)
    merging.cap(at: configuration.maximumLayerCount, of: images)
    layers = try merging.flattened(layers)
    record.mergedLayerCount = layers.count
    guard layers.count >= configuration.minimumLayerCount else {
      throw FileDrop(
        .tooFewLayers, "\(layers.count) of at least \(configuration.minimumLayerCount)")
    }
    return try finished(layers, picture: picture, &record)
  }

  /// Size, verification, words.
  private func finished(
    _ layers: [ExtractedLayer], picture: RasterImage, _ record: inout SourceRecord
  ) throws -> EncodedSample {
    var layers = layers
    var picture = picture
    let bucket = picture.size.bucket(ofSide: configuration.size ?? 640)
    record.bucket = SourceRecord.Size(width: bucket.width, height: bucket.height)
    if configuration.size != nil, bucket != picture.size {
      layers = try layers.resized(from: picture.size, to: bucket)
      picture = try rendered(layers, on: bucket)
    }
    let canvas = picture.size
    let stack = try LayerStack(
      canvas: canvas, layers: layers.map { try $0.pixels.onCanvas(canvas) })
    let error = stack.composite().maximumDifference(from: picture)
    record.maximumError = error
    guard error <= configuration.maximumError else {
      throw FileDrop(.recomposition, "the layers differ from the picture by \(error) levels")
    }
    let category = Category(path: record.path, layerNames: layers.map(\.name)).rawValue
    let caption = TemplateCaptioner().caption(of: layers, on: canvas, category: category)
    let sample = try TrainingSample(
      key: "psd-\(record.sha256.prefix(24))", composite: picture, layers: stack,
      names: layers.map { String($0.name.prefix(512)) }, caption: caption, category: category,
      sourceHash: record.sha256)
    let encoded = try EncodedSample(sample, effort: .quick)
    record.outcome = .kept
    record.key = sample.key
    record.category = category
    record.captionAuthor = caption.author
    var hash = SHA256()
    hash.update(Array("\(canvas)\n".utf8))
    hash.update(picture.pixels)
    record.pixelHash = hash.hexadecimal
    record.fragment = SourceRecord.Fragment(
      byteCount: encoded.bytes.count, crc32: encoded.checksum)
    return encoded
  }

  private func checkSize(_ canvas: PixelSize) throws(FileDrop) {
    guard canvas.pixelCount ?? .max <= configuration.maximumPixelCount else {
      throw FileDrop(
        .tooLarge, "\(canvas) pixels, the limit is \(configuration.maximumPixelCount) in all")
    }
    guard min(canvas.width, canvas.height) >= configuration.minimumSide else {
      throw FileDrop(
        .tooSmall, "\(canvas) pixels, sides have at least \(configuration.minimumSide)")
    }
    guard let size = configuration.size else { return }
    let bucket = canvas.bucket(ofSide: size)
    let growth = max(
      Double(bucket.width) / Double(canvas.width), Double(bucket.height) / Double(canvas.height))
    guard growth <= configuration.maximumEnlargement else {
      throw FileDrop(.tooSmall, "\(canvas) pixels, its bucket has \(bucket)")
    }
  }

  /// Holds the rendering against the picture that the file's author saw.
  private func compare(
    _ extraction: Extraction, with file: PhotoshopFile, profile: [UInt8]?
  ) throws {
    // Without broken layers, the picture is another one anyway.
    guard !extraction.lacksBrokenLayers else { return }
    let unknown = extraction.notRendered.joined(separator: ", ")
    guard configuration.reference == .stored, file.hasMergedPicture,
      let stored = try? file.mergedPicture()
    else {
      guard unknown.isEmpty || configuration.allowsNotRendered else {
        throw FileDrop(.notRendered, unknown)
      }
      return
    }
    let colors = profile.flatMap { ColorProfile($0, of: .rgb) }
    let picture = (colors.map(stored.convertedToSRGB(from:)) ?? stored).overWhite()
    let error = picture.maximumDifference(from: extraction.picture)
    guard error > configuration.maximumError else { return }
    let detail = "the file's picture differs by \(error) levels"
    throw unknown.isEmpty
      ? FileDrop(.differsFromPicture, detail) : FileDrop(.notRendered, "\(unknown); \(detail)")
  }

  private func rendered(
    _ layers: [ExtractedLayer], on canvas: PixelSize
  ) throws(RasterError) -> RasterImage {
    try layers.map(\.pixels).merged(on: PixelRectangle(covering: canvas)).image().overWhite()
  }

  /// Puts white below layers that do not cover the canvas, since pictures are opaque.
  private func addBackground(
    to layers: inout [ExtractedLayer], on canvas: PixelSize
  ) throws(RasterError) {
    let white = try RasterImage(
      size: canvas, filledWith: RGBAPixel(red: 255, green: 255, blue: 255, alpha: 255))
    guard let pixels = PlacedImage(cropping: white, x: 0, y: 0) else { return }
    layers.insert(ExtractedLayer(name: "white background", path: "", pixels: pixels), at: 0)
  }
}
