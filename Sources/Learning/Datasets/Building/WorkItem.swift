import Digests
import Dispatch
import Glibc
import RegularFiles
import Shards

/// The work of one process: one file becomes a record and, if all goes well, a sample.
package struct WorkItem: Sendable {
  /// How the file is opened.
  package let location: String
  /// What is known of the file.
  package let record: SourceRecord
  /// The path of the results without their endings.
  package let prefix: String
  package let configuration: BuildConfiguration

  package init(
    location: String, record: SourceRecord, prefix: String, configuration: BuildConfiguration
  ) {
    self.location = location
    self.record = record
    self.prefix = prefix
    self.configuration = configuration
  }

  /// Limits what this process may take, and ends it with the one that started it.
  package func confine() {
    limit(RLIMIT_AS, to: configuration.limits.mebibytes << 20)
    limit(RLIMIT_CPU, to: configuration.limits.seconds * 4)
    limit(RLIMIT_CORE, to: 0)
    DispatchQueue.global().async {
      var byte: UInt8 = 0
      while true {
        let count = read(STDIN_FILENO, &byte, 1)
        if count < 0, errno == EINTR { continue }
        if count <= 0 { kill(getpid(), SIGKILL) }
      }
    }
  }

  /// Does the work.
  ///
  /// - Throws: `OutputError` where the results cannot be written.
  package func run() throws {
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

  private func limit(_ resource: __rlimit_resource, to value: Int) {
    var limits = rlimit()
    let resource = __rlimit_resource_t(resource.rawValue)
    guard getrlimit(resource, &limits) == 0 else { return }
    limits.rlim_cur = min(rlim_t(value), limits.rlim_max)
    limits.rlim_max = limits.rlim_cur
    setrlimit(resource, &limits)
  }
}
