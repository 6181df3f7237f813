import Shards

/// Writes the shards, the manifest and the report of a dataset.
struct DatasetWriting {
  let manifest: Manifest
  let output: String

  /// Writes them; they appear together.
  ///
  /// - Parameter sample: The sample of a record that is kept.
  /// - Throws: What `sample` throws, `ShardError.Reason` or `OutputError`.
  func write(_ sample: (SourceRecord) throws -> EncodedSample) throws {
    let writer = try ShardWriter(
      at: output, shardByteCount: manifest.configuration.shardByteCount, overwriting: true)
    var shown: [TrainingSample] = []
    for record in manifest.sources where record.outcome == .kept {
      try Task.checkCancellation()
      let encoded = try sample(record)
      if shown.count < DatasetReport.shownSampleCount { shown.append(try encoded.decoded()) }
      try writer.append(encoded)
    }
    try writer.write(encodedJSON(manifest, isPretty: true), named: Manifest.fileName)
    try writer.write(
      Array(DatasetReport(manifest: manifest, samples: shown).html().utf8), named: "report.html")
    try writer.commit()
  }
}
