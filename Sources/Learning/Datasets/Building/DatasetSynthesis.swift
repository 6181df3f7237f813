import Assets
import AtomicFiles
import Composition
import Digests
import Glibc
import RegularFiles
import Shards

/// A dataset composed of assets.
///
/// Samples are made in runs, which are kept in the output's folder as soon as they are done, so that work that was killed
/// goes on. The finished dataset depends on the pack and the options alone.
package struct DatasetSynthesis: Sendable {
  package var composer: SampleComposer
  package var pack: AssetPack
  package var output: String
  package var count: Int
  /// How many samples are composed at a time.
  package var workerCount = 1
  /// The version of the program.
  package var toolVersion: String
  /// Whether what other options left in the output is thrown away.
  package var isRestarting = false

  private static let runLength = 32
  private static let shardByteCount = 256 << 20

  package init(
    composer: SampleComposer, pack: AssetPack, output: String, count: Int, toolVersion: String
  ) {
    self.composer = composer
    self.pack = pack
    self.output = output
    self.count = count
    self.toolVersion = toolVersion
  }

  /// Composes the dataset.
  ///
  /// - Parameter report: Told how many samples are done.
  /// - Returns: The manifest, which lies in the output too.
  /// - Throws: ``DatasetError``, `CompositionError`, `AssetPackError`, `OutputError` or `CancellationError`; what is
  ///   done is kept.
  package func run(report: (_ done: Int) -> Void) async throws
    -> SynthesisManifest
  {
    var manifest = SynthesisManifest(
      tool: toolVersion, pack: pack, options: composer.options, count: count)
    if let earlier = try? SynthesisManifest(of: output),
      earlier.fingerprint != manifest.fingerprint,
      !isRestarting
    {
      throw DatasetError.otherConfiguration(output)
    }
    let work = try WorkFolder(
      in: output, fingerprint: manifest.fingerprint, isRestarting: isRestarting)
    let runs = stride(from: 0, to: count, by: Self.runLength).map { first in
      first..<min(count, first + Self.runLength)
    }
    try await withThrowingTaskGroup(of: Int.self) { group in
      let first = runs.prefix(max(1, workerCount))
      var open = runs.dropFirst(first.count)
      for run in first { group.addTask { try compose(run, in: work) } }
      var done = 0
      while let count = try await group.next() {
        done += count
        report(done)
        if let run = open.popFirst() { group.addTask { try compose(run, in: work) } }
      }
    }
    try write(runs, of: work, &manifest)
    work.remove()
    return manifest
  }

  private func path(_ run: Range<Int>, in work: WorkFolder) -> String {
    "\(work.path)/run-\(run.lowerBound)-\(run.upperBound)"
  }

  /// Makes a run, unless it was made before.
  ///
  /// - Returns: How many samples it has.
  private func compose(_ run: Range<Int>, in work: WorkFolder) throws -> Int {
    guard (try? samples(of: run, in: work)) == nil else { return run.count }
    var bytes: [UInt8] = []
    var entries: [ShardIndex.Entry] = []
    for index in run {
      try Task.checkCancellation()
      let sample = try EncodedSample(composer.sample(index), effort: .quick)
      entries.append(
        ShardIndex.Entry(
          key: sample.key, offset: bytes.count, byteCount: sample.bytes.count,
          crc32: sample.checksum))
      bytes += sample.bytes
    }
    let path = path(run, in: work)
    try AtomicFile.write(bytes, to: path + ".tar", overwriting: true)
    try AtomicFile.write(encodedJSON(entries), to: path + ".json", overwriting: true)
    return run.count
  }

  /// The samples of a run that was made before.
  private func samples(of run: Range<Int>, in work: WorkFolder) throws -> [EncodedSample] {
    let path = path(run, in: work)
    let json = try RegularFile.contents(path: path + ".json", limit: 1 << 20)
    let entries = try decodedJSON([ShardIndex.Entry].self, from: json)
    let bytes = try RegularFile.contents(path: path + ".tar", limit: 1 << 32)
    guard entries.map(\.key) == run.map(composer.key) else { throw DatasetError.lostSample(path) }
    return try entries.map { entry in
      guard entry.offset >= 0, entry.byteCount >= 0, entry.offset <= bytes.count,
        entry.byteCount <= bytes.count - entry.offset
      else { throw DatasetError.lostSample(entry.key) }
      let sample = EncodedSample(
        key: entry.key, bytes: Array(bytes[entry.offset..<entry.offset + entry.byteCount]))
      guard sample.checksum == entry.crc32 else { throw DatasetError.lostSample(entry.key) }
      return sample
    }
  }

  private func write(
    _ runs: [Range<Int>], of work: WorkFolder, _ manifest: inout SynthesisManifest
  ) throws {
    let writer = try ShardWriter(
      at: output, shardByteCount: Self.shardByteCount, overwriting: true)
    var shown: [TrainingSample] = []
    for run in runs {
      try Task.checkCancellation()
      for encoded in try samples(of: run, in: work) {
        if shown.count < SynthesisReport.shownSampleCount { shown.append(try encoded.decoded()) }
        manifest.record(try encoded.description())
        try writer.append(encoded)
      }
    }
    try writer.write(encodedJSON(manifest, isPretty: true), named: SynthesisManifest.fileName)
    try writer.write(
      Array(SynthesisReport(manifest: manifest, samples: shown).html().utf8), named: "report.html")
    try writer.commit()
  }
}
