import Shards

/// How often each value occurs.
package struct Tally<Value: Hashable & Comparable & Sendable>: Sendable {
  package private(set) var counts: [Value: Int] = [:]

  package init(_ values: some Sequence<Value>) {
    for value in values { counts[value, default: 0] += 1 }
  }

  /// Values in their order.
  package var sorted: [(value: Value, count: Int)] {
    counts.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
  }
}

/// What a dataset has of what, told from the descriptions of its samples.
package struct DatasetFigures: Sendable {
  package let sampleCount: Int
  package let byteCount: Int
  package let shardCount: Int
  package let layers: Tally<Int>
  package let categories: Tally<String>
  package let authors: Tally<String>
  /// As in "1024 x 768".
  package let sizes: Tally<String>
  /// Words of captions, mean.
  package let meanWordCount: Double

  /// Reads the description of every sample; its pictures stay packed.
  ///
  /// - Throws: `ShardError`.
  package init(of reader: ShardReader) throws(ShardError) {
    var descriptions: [SampleDescription] = []
    for place in 0..<reader.sampleCount {
      descriptions.append(try reader.description(at: place))
    }
    sampleCount = reader.sampleCount
    byteCount = reader.index.shards.reduce(0) { $0 + $1.byteCount }
    shardCount = reader.index.shards.count
    layers = Tally(descriptions.map(\.layers.count))
    categories = Tally(descriptions.map(\.category))
    authors = Tally(descriptions.map(\.caption.author))
    sizes = Tally(descriptions.map { "\($0.canvas)" })
    let words = descriptions.reduce(0) { $0 + $1.caption.text.split(separator: " ").count }
    meanWordCount = Double(words) / Double(max(1, descriptions.count))
  }

  /// The figures for people, line by line.
  package var lines: [String] {
    func list<Value>(_ tally: Tally<Value>) -> String {
      tally.sorted.map { "\($0.value): \($0.count)" }.joined(separator: ", ")
    }
    let mean = (meanWordCount * 10).rounded() / 10
    return [
      "samples     \(sampleCount)", "shards      \(shardCount), \(byteCount) bytes",
      "layers      \(list(layers))", "categories  \(list(categories))",
      "captions    \(list(authors)), \(mean) words on average", "sizes       \(list(sizes))",
    ]
  }
}

extension DatasetFigures: Encodable {
  private enum CodingKeys: CodingKey {
    case samples, shards, bytes, layers, categories, captionAuthors, sizes, meanCaptionWords
  }

  package func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: CodingKeys.self)
    try values.encode(sampleCount, forKey: .samples)
    try values.encode(shardCount, forKey: .shards)
    try values.encode(byteCount, forKey: .bytes)
    let layerCounts = layers.counts.map { ("\($0.key)", $0.value) }
    try values.encode(
      Dictionary(layerCounts, uniquingKeysWith: { first, _ in first }), forKey: .layers)
    try values.encode(categories.counts, forKey: .categories)
    try values.encode(authors.counts, forKey: .captionAuthors)
    try values.encode(sizes.counts, forKey: .sizes)
    try values.encode(meanWordCount, forKey: .meanCaptionWords)
  }
}
