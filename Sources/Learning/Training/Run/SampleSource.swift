import Digests
import Shards

/// Samples by their place.
package protocol SampleSource: Sendable {
  /// The same for the same samples in the same order, so that a cache or a run can tell that they changed.
  var fingerprint: String { get }
  var sampleCount: Int { get }
  /// Reads a sample.
  ///
  /// - Throws: What keeps it from being read; the others may still be.
  func trainingSample(at place: Int) throws -> TrainingSample
}

extension ShardReader: SampleSource {
  package func trainingSample(at place: Int) throws -> TrainingSample { try sample(at: place) }
}

extension [TrainingSample]: SampleSource {
  package var sampleCount: Int { count }

  package var fingerprint: String {
    var digest = SHA256()
    for sample in self {
      let (key, caption) = (sample.description.key, sample.description.caption.text)
      digest.update([UInt8]("\(key)\n\(caption)\n\(sample.description.layers)\n".utf8))
      digest.update(sample.composite.pixels)
      for layer in sample.layers.layers { digest.update(layer.pixels) }
    }
    return digest.hexadecimal
  }

  package func trainingSample(at place: Int) throws -> TrainingSample { self[place] }
}

/// The samples of several sources, one after the other.
package struct JoinedSources: SampleSource {
  private let sources: [any SampleSource]

  package init(_ sources: [any SampleSource]) { self.sources = sources }

  package var fingerprint: String {
    SHA256.hexadecimal(of: Array(sources.map(\.fingerprint).joined(separator: "\n").utf8))
  }

  package var sampleCount: Int { sources.reduce(0) { $0 + $1.sampleCount } }

  package func trainingSample(at place: Int) throws -> TrainingSample {
    var place = place
    for source in sources {
      if place < source.sampleCount { return try source.trainingSample(at: place) }
      place -= source.sampleCount
    }
    preconditionFailure("a place behind the last sample")
  }
}
