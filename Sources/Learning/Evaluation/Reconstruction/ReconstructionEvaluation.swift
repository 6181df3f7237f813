import OneLine
import PerceptualMetrics
import Raster

/// How well pictures with transparency were given back, by the protocol of AlphaVAE on AIM-500 that the paper follows.
///
/// Both pictures of a pair are laid over nine colours and stored as JPEG. Means over pictures are taken within a subtype,
/// those of subtypes within a subset, then those of subsets, then of colours. A tenth row compares red, green and blue as
/// stored, without regard to alpha; it counts in no mean.
package struct ReconstructionEvaluation: Hashable, Sendable, Encodable {
  /// Scores over one ground, or their mean.
  package struct Row: Hashable, Sendable, Encodable {
    package let ground: String
    /// dB, higher is better.
    package let psnr: Double
    /// At most 1, higher is better.
    package let ssim: Double
    /// LPIPS with AlexNet, lower is better; nil without its weights.
    package let lpips: Double?
    /// Lower is better; nil without Inception's weights, or where a subtype has fewer than two pictures.
    package let fid: Double?
  }

  /// The means of a picture over the nine colours.
  package struct Picture: Hashable, Sendable, Encodable {
    package let name: String
    package let psnr: Double
    package let ssim: Double
    package let lpips: Double?
  }

  package let storage: BlendStorage
  /// One for each colour; empty where nothing was scored.
  package let rows: [Row]
  package let mean: Row?
  package let rgba: Row?
  package let pictures: [Picture]
  package let skipped: [SkippedSample]
  /// Whether pictures are missing that the protocol would score.
  package let isPartial: Bool

  private enum CodingKeys: String, CodingKey {
    case storage, mean, rgba, pictures, skipped
    case rows = "grounds"
    case isPartial = "partial"
  }

  /// Scores all pairs, group by group; memory holds a few pairs, and what FID keeps of a group.
  ///
  /// - Parameters:
  ///   - pairs: The pictures.
  ///   - storage: What becomes of blended pictures before they are compared.
  ///   - networks: Those that are there.
  ///   - workerCount: How many pairs are read and blended at a time.
  ///   - report: Told how many of how many pairs are done.
  /// - Throws: `CancellationError` between pairs, `TorchError` such as `.outOfMemory`.
  package init(
    of pairs: PicturePairs, storage: BlendStorage, networks: PerceptualNetworks, workerCount: Int,
    report: @escaping @Sendable (_ done: Int, _ of: Int) -> Void
  ) async throws {
    var (pictures, skipped) = ([Picture](), pairs.unpaired)
    var groups: [GroupScores] = []
    var done = 0
    for group in pairs.groups {
      var scores = GroupScores(subset: group.subset, grounds: SolidGround.allCases.count + 1)
      try await withThrowingTaskGroup(of: (String, Result<[GroundedPair], any Error>).self) {
        tasks in
        var rest = group.names[...]
        func begin() {
          guard let name = rest.popFirst() else { return }
          tasks.addTask {
            (name, Result { try GroundedPair.all(of: pairs.pictures(name), storage: storage) })
          }
        }
        for _ in 0..<max(1, workerCount) { begin() }
        while let (name, result) = try await tasks.next() {
          try Task.checkCancellation()
          begin()
          switch result {
          case .success(let grounded):
            pictures.append(try scores.add(grounded, named: name, networks: networks))
          case .failure(let error) where error is CancellationError: throw error
          case .failure(let error):
            skipped.append(SkippedSample(name: name, reason: onOneLine("\(error)")))
          }
          done += 1
          report(done, pairs.count)
        }
      }
      if scores.count > 0 { groups.append(scores) }
    }
    self.storage = storage
    self.pictures = pictures.sorted { $0.name < $1.name }
    self.skipped = skipped.sorted { $0.name < $1.name }
    isPartial = !skipped.isEmpty
    let names = SolidGround.allCases.map(\.rawValue) + ["rgba"]
    let all = groups.isEmpty ? [] : try Self.rows(of: groups, named: names)
    rows = Array(all.dropLast())
    rgba = all.last
    mean = rows.isEmpty ? nil : Self.mean(of: rows, named: "mean")
  }

  /// Means over subtypes, then over subsets.
  private static func rows(of groups: [GroupScores], named names: [String]) throws -> [Row] {
    let subsets = Dictionary(grouping: groups, by: \.subset).sorted { $0.key < $1.key }
    let rows = try subsets.map { _, groups in
      let scored = try groups.map { try $0.rows(named: names) }
      return names.indices.map { ground in
        mean(of: scored.map { $0[ground] }, named: names[ground])
      }
    }
    return names.indices.map { ground in mean(of: rows.map { $0[ground] }, named: names[ground]) }
  }

  private static func mean(of rows: [Row], named name: String) -> Row {
    let count = Double(rows.count)
    func mean(_ values: [Double?]) -> Double? {
      let known = values.compactMap { $0 }
      return known.count == values.count ? known.reduce(0, +) / count : nil
    }
    return Row(
      ground: name, psnr: rows.reduce(0) { $0 + $1.psnr } / count,
      ssim: rows.reduce(0) { $0 + $1.ssim } / count, lpips: mean(rows.map(\.lpips)),
      fid: mean(rows.map(\.fid)))
  }
}

/// A pair over one ground, and how near its pictures are.
private struct GroundedPair: Sendable {
  let prediction: RasterImage
  let reference: RasterImage
  let similarity: PictureSimilarity

  /// The pair over every colour, then as it is.
  static func all(
    of pair: (prediction: RasterImage, reference: RasterImage), storage: BlendStorage
  ) throws -> [GroundedPair] {
    let side = PerceptualDistance.Trunk.alexNet.smallestSide
    let size = pair.reference.size
    guard min(size.width, size.height) >= side else {
      throw UnscorablePicture.tooSmall(size, side: side)
    }
    let blended = try SolidGround.allCases.map { ground in
      (
        try storage.stored(ground.blended(pair.prediction)),
        try storage.stored(ground.blended(pair.reference))
      )
    }
    return (blended + [pair]).map { prediction, reference in
      GroundedPair(
        prediction: prediction, reference: reference,
        similarity: PictureSimilarity(prediction, reference))
    }
  }
}

/// The sums of one subtype, and what FID needs of it.
private struct GroupScores {
  let subset: String
  private(set) var count = 0
  private var psnr: [Double]
  private var ssim: [Double]
  private var lpips: [Double?]
  private var features: [(predictions: FeatureStatistics, references: FeatureStatistics)?]

  init(subset: String, grounds: Int) {
    self.subset = subset
    psnr = Array(repeating: 0, count: grounds)
    ssim = psnr
    lpips = Array(repeating: 0, count: grounds)
    features = Array(repeating: (FeatureStatistics(), FeatureStatistics()), count: grounds)
  }

  /// Adds a picture over all grounds; gives its means over the colours.
  mutating func add(
    _ pairs: [GroundedPair], named name: String, networks: PerceptualNetworks
  ) throws -> ReconstructionEvaluation.Picture {
    let predictions = try networks.features(of: pairs.map(\.prediction))
    let references = try networks.features(of: pairs.map(\.reference))
    var distances: [Double?] = []
    for (ground, pair) in pairs.enumerated() {
      let distance = try networks.distance(pair.prediction, pair.reference)
      psnr[ground] += pair.similarity.psnr
      ssim[ground] += pair.similarity.ssim
      lpips[ground] = distance.flatMap { distance in lpips[ground].map { $0 + distance } }
      if let predictions, let references {
        try features[ground]?.predictions.add(predictions.slice(ground..<ground + 1, along: 0))
        try features[ground]?.references.add(references.slice(ground..<ground + 1, along: 0))
      } else {
        features[ground] = nil
      }
      distances.append(distance)
    }
    count += 1
    let colors = Double(pairs.count - 1)
    let known = distances.dropLast().compactMap { $0 }
    return ReconstructionEvaluation.Picture(
      name: name, psnr: pairs.dropLast().reduce(0) { $0 + $1.similarity.psnr } / colors,
      ssim: pairs.dropLast().reduce(0) { $0 + $1.similarity.ssim } / colors,
      lpips: known.count == pairs.count - 1 ? known.reduce(0, +) / colors : nil)
  }

  /// The means of at least one picture.
  func rows(named names: [String]) throws -> [ReconstructionEvaluation.Row] {
    let number = Double(count)
    return try names.enumerated().map { ground, name in
      ReconstructionEvaluation.Row(
        ground: name, psnr: psnr[ground] / number, ssim: ssim[ground] / number,
        lpips: lpips[ground].map { $0 / number },
        fid: try features[ground].flatMap { features in
          try features.predictions.frechetDistance(to: features.references)
        })
    }
  }
}
