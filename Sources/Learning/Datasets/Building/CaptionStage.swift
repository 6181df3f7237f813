import OneLine
import Raster
import Shards

/// Has a model describe the pictures of the samples that stay.
struct CaptionStage {
  /// How often a picture is shown to the model that fails, or says nothing.
  private static let attemptCount = 2
  private static let failure = "caption failed"

  let captioner: DatasetBuild.Captioner

  /// Writes the captions of all kept samples, in order; those that have one keep it.
  ///
  /// Where the model fails, or its words are no caption, the words of the template stay, and the record says so.
  func run(
    _ records: inout [SourceRecord], in work: WorkFolder, _ report: (DatasetBuild.Event) -> Void
  ) async throws {
    let kept = records.indices.filter { records[$0].outcome == .kept }
    for (count, index) in kept.enumerated() {
      try Task.checkCancellation()
      if records[index].captionAuthor != captioner.name,
        !records[index].notes.contains(where: { $0.hasPrefix(Self.failure) })
      {
        try await describe(&records[index], in: work)
      }
      report(.captions(done: count + 1, of: kept.count))
    }
  }

  private func describe(_ record: inout SourceRecord, in work: WorkFolder) async throws {
    guard let encoded = work.sample(of: record) else { throw DatasetError.lostSample(record.path) }
    let sample = try encoded.decoded()
    var reason = ""
    for _ in 0..<Self.attemptCount {
      do {
        let words = try await captioner.describe(sample.composite)
        let described = try TrainingSample(
          key: sample.key, composite: sample.composite, layers: sample.layers,
          names: sample.description.layers.map(\.name), caption: Caption(words, by: captioner.name),
          category: sample.description.category, sourceHash: sample.description.sourceHash)
        let bytes = try EncodedSample(described)
        record.captionAuthor = captioner.name
        record.fragment = SourceRecord.Fragment(
          byteCount: bytes.bytes.count, crc32: bytes.checksum)
        try work.store(record, bytes)
        return
      } catch let error as CancellationError {
        throw error
      } catch let fault as SampleFault {
        reason = "\(fault.reason)"
      } catch {
        reason = onOneLine("\(error)")
      }
    }
    record.notes.append("\(Self.failure): \(reason)")
    try work.store(record, encoded)
  }
}
