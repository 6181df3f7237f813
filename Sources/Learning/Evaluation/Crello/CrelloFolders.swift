import AtomicFiles
import ImageCodecs
import OneLine
import Raster
import RegularFiles

/// Designs as folders of element renderings, and the references made of them.
///
/// A folder holds an element in each PNG file, from the back in the order of their names, alone on the transparent canvas.
/// Its folder `sources` may hold the element's own picture under the same name; what has none there is judged by its
/// rendering, which an opacity below 1 makes transparent as a whole.
package struct CrelloFolders: Sendable {
  /// What came of the designs.
  package struct Outcome: Hashable, Sendable {
    /// Designs that were written.
    package let writtenCount: Int
    /// Those that have no reference: the tool leaves out designs of fewer than two layers.
    package let skipped: [SkippedSample]
    /// Whether one was left out for another cause.
    package let isPartial: Bool
  }

  package let path: String
  /// Folders in it, sorted.
  package let names: [String]

  /// - Throws: `UnlistableFolder`.
  package init(path: String) throws(UnlistableFolder) {
    self.path = path
    names = try SampleFolders.folders(in: path).sorted()
  }

  /// Reads a design.
  ///
  /// - Throws: ``UnscorableSample``, ``UnequalLayers``, `ImageCodecError`, `UnlistableFolder`.
  package func reference(_ name: String) throws -> CrelloReference {
    let folder = path + "/" + name
    let files = try FolderListing.names(in: folder).filter { $0.lowercased().hasSuffix(".png") }
    let sources = (try? FolderListing.names(in: folder + "/sources")) ?? []
    return try CrelloReference(
      elements: files.map { file in
        let rendering = try DecodedImage(contentsOf: folder + "/" + file).image
        let source =
          sources.contains(file)
          ? try DecodedImage(contentsOf: folder + "/sources/" + file).image : rendering
        let isTransparent = !stride(from: 3, to: source.pixels.count, by: 4).contains {
          source.pixels[$0] == 255
        }
        return CrelloReference.Element(rendering: rendering, isTransparent: isTransparent)
      })
  }

  /// Writes every design's layers, `references/NAME/00.png` and on, and its picture, `pictures/NAME.png`.
  ///
  /// A design's folder appears when it is complete.
  ///
  /// - Parameters:
  ///   - output: A folder, made where it is missing.
  ///   - overwriting: Whether files of an earlier run may be replaced.
  ///   - report: Told how many of how many designs are done.
  /// - Returns: What was written and what was not.
  /// - Throws: `OutputError`, `CancellationError` between designs.
  package func writeReferences(
    to output: String, overwriting: Bool, report: (_ done: Int, _ of: Int) -> Void
  ) throws -> Outcome {
    for folder in [output, output + "/references", output + "/pictures"] {
      try makeFolder(folder)
    }
    var skipped: [SkippedSample] = []
    var isPartial = false
    for (index, name) in names.enumerated() {
      try Task.checkCancellation()
      let reference: CrelloReference
      do {
        reference = try self.reference(name)
      } catch {
        skipped.append(SkippedSample(name: name, reason: onOneLine("\(error)")))
        if case .tooFew? = error as? UnscorableSample { continue }
        isPartial = true
        continue
      }
      let folder = try AtomicFolder(
        at: "\(output)/references/\(name)", overwriting: overwriting)
      for (place, layer) in reference.layers.layers.enumerated() {
        let digits = place < 10 ? "0\(place)" : "\(place)"
        try folder.write(layer.encoded(as: .png), named: digits + ".png")
      }
      try folder.commit()
      try AtomicFile.write(
        reference.picture.encoded(as: .opaquePNG), to: "\(output)/pictures/\(name).png",
        overwriting: overwriting)
      report(index + 1, names.count)
    }
    return Outcome(
      writtenCount: names.count - skipped.count, skipped: skipped, isPartial: isPartial)
  }
}
