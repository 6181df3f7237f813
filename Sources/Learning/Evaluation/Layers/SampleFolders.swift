import Glibc
import ImageCodecs
import OneLine
import Raster
import RegularFiles

/// Two folders with a folder of layer pictures for every sample, matched by name.
package struct SampleFolders: Sendable {
  package let predictions: String
  package let references: String
  /// In both folders, sorted.
  package let names: [String]
  /// In one folder alone, with the reason why they have no score.
  package let unpaired: [SkippedSample]

  /// Lists both folders.
  ///
  /// - Throws: ``UnlistableFolder``.
  package init(predictions: String, references: String) throws(UnlistableFolder) {
    self.predictions = predictions
    self.references = references
    let predicted = Set(try Self.folders(in: predictions))
    let expected = Set(try Self.folders(in: references))
    names = predicted.intersection(expected).sorted()
    unpaired =
      expected.subtracting(predicted).sorted().map {
        SkippedSample(name: $0, reason: "there is no prediction")
      }
      + predicted.subtracting(expected).sorted().map {
        SkippedSample(name: $0, reason: "there is no reference")
      }
  }

  /// Reads both lists of a sample and scores it.
  ///
  /// - Throws: ``UnscorableSample``, ``UnlistableFolder``, ``UnequalLayers``, `ImageCodecError`.
  package func score(_ name: String, maximumMerges: Int) throws -> SampleScore {
    let (predictions, references) = try stacks(name)
    return try SampleScore(
      predictions: predictions, references: references, maximumMerges: maximumMerges)
  }

  /// Reads both lists of a sample.
  func stacks(_ name: String) throws -> (predictions: LayerStack, references: LayerStack) {
    (
      try Self.stack(in: predictions + "/" + name), try Self.stack(in: references + "/" + name)
    )
  }

  /// The PNG files of a folder, back to front in the order of their names.
  ///
  /// Beside a `layers.json`, `composite.png` is the picture that the layers make and none of them.
  package static func stack(in folder: String) throws -> LayerStack {
    let files = try FolderListing.names(in: folder)
    let isResult = files.contains("layers.json")
    let pictures = files.filter {
      $0.lowercased().hasSuffix(".png") && !(isResult && $0 == "composite.png")
    }
    var canvas: PixelSize?
    let layers = try pictures.map { file in
      let image = try DecodedImage(contentsOf: folder + "/" + file).image
      if let canvas, image.size != canvas {
        throw UnequalLayers(file: file, found: image.size, expected: canvas)
      }
      canvas = image.size
      return image
    }
    guard let canvas else { throw UnscorableSample.tooFew(list: "files", count: 0) }
    return try LayerStack(canvas: canvas, layers: layers)
  }

  static func folders(in folder: String) throws(UnlistableFolder) -> [String] {
    try FolderListing.names(in: folder).filter { name in
      var status = stat()
      return !name.hasPrefix(".") && stat(folder + "/" + name, &status) == 0
        && status.st_mode & S_IFMT == S_IFDIR
    }
  }
}

/// Layers of one sample that have not the same size.
package struct UnequalLayers: Error, Hashable, Sendable, CustomStringConvertible {
  package let file: String
  package let found: PixelSize
  package let expected: PixelSize

  package var description: String {
    onOneLine("\(file) has \(found) pixels, the layers before it \(expected)")
  }
}

extension LayerEvaluation {
  /// Scores all samples of two folders on all cores; memory holds a few samples at a time.
  ///
  /// The result is the same for any number of cores.
  ///
  /// - Parameters:
  ///   - folders: The samples.
  ///   - maximumMerges: The last level, at least 0.
  ///   - workerCount: How many samples are scored at a time.
  ///   - report: Told how many of how many samples are done.
  /// - Throws: `CancellationError` between samples.
  package init(
    of folders: SampleFolders, maximumMerges: Int, workerCount: Int,
    report: @escaping @Sendable (_ done: Int, _ of: Int) -> Void
  ) async throws {
    typealias Outcome = (name: String, result: Result<SampleScore, any Error>)
    var scores: [(name: String, score: SampleScore)] = []
    var skipped = folders.unpaired
    var isPartial = !skipped.isEmpty
    try await withThrowingTaskGroup(of: Outcome.self) { group in
      var rest = folders.names[...]
      var done = 0
      func begin() {
        guard let name = rest.popFirst() else { return }
        group.addTask {
          (name, Result { try folders.score(name, maximumMerges: maximumMerges) })
        }
      }
      for _ in 0..<max(1, workerCount) { begin() }
      while let (name, result) = try await group.next() {
        try Task.checkCancellation()
        begin()
        switch result {
        case .success(let score): scores.append((name, score))
        case .failure(let error):
          skipped.append(SkippedSample(name: name, reason: onOneLine("\(error)")))
          // Samples of fewer than two layers have no score in the protocol either.
          if case .tooFew? = error as? UnscorableSample { break }
          isPartial = true
        }
        done += 1
        report(done, folders.names.count)
      }
    }
    self.init(scores, skipped: skipped, isPartial: isPartial, maximumMerges: maximumMerges)
  }
}
