import Digests
import RegularFiles
import Shards

/// The work on one file, which becomes a record and, if all goes well, a sample.
struct WorkItem: Hashable, Sendable, Codable {
  /// How the file is opened.
  let location: String
  /// What is known of the file.
  let record: SourceRecord
  /// The path of the results without their endings.
  let prefix: String

  /// Does the work.
  ///
  /// - Throws: `OutputError` where the results cannot be written.
  func run(_ configuration: BuildConfiguration) throws {
    var record = record
    var sample: EncodedSample?
    if let bytes = try? RegularFile.contents(path: location, limit: 1 << 32) {
      if SHA256.hexadecimal(of: bytes) == record.sha256 {
        sample = SampleMaking(configuration)(bytes, record: &record)
      } else {
        record.drop(FileDrop(.changed, "the file changed while it was worked on"))
      }
    } else {
      record.drop(FileDrop(.unreadable, "cannot be read"))
    }
    try WorkFolder.store(record, sample, at: prefix)
  }
}
