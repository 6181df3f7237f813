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
    var shown: [EncodedSample] = []
    for record in manifest.sources where record.outcome == .kept {
      try Task.checkCancellation()
      let encoded = try sample(record)
      if shown.count < DatasetReport.shownSampleCount { shown.append(encoded) }
      try writer.append(encoded)
    }
    try writer.write(encodedJSON(manifest, isPretty: true), named: Manifest.fileName)
    let decoded = concurrently(shown.count, worth: .max) { [shown] place in
      Result { try shown[place].decoded() }
    }
    let report = DatasetReport(manifest: manifest, samples: try decoded.map { try $0.get() })
    try writer.write(Array(try report.html().utf8), named: "report.html")
    try writer.commit()
  }
}
