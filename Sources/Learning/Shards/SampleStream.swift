/// Where a stream of samples is, to be kept in a checkpoint.
package struct ReadingPosition: Hashable, Sendable, Codable {
  /// How often all samples have come.
  package var epoch: Int

  /// How many samples of this epoch have come.
  package var place: Int

  /// The order of the samples.
  package var order: SampleOrder

  /// The dataset's ``ShardReader/fingerprint``.
  package var fingerprint: String
}

/// The samples of a dataset one after the other, epoch by epoch, from any position.
package struct SampleStream: Sendable {
  private let reader: ShardReader
  private var places: [Int]

  /// Where the next sample is; a stream made with it goes on exactly there.
  package private(set) var position: ReadingPosition

  /// Begins with the first sample.
  package init(_ reader: ShardReader, order: SampleOrder = .stored) {
    self.reader = reader
    position = ReadingPosition(epoch: 0, place: 0, order: order, fingerprint: reader.fingerprint)
    places = order.places(of: reader.sampleCount, epoch: 0)
  }

  /// Goes on where a stream of the same dataset was.
  ///
  /// - Throws: ``ShardError`` with reason ``ShardError/Reason/foreignPosition``.
  package init(_ reader: ShardReader, resuming position: ReadingPosition) throws(ShardError) {
    guard position.fingerprint == reader.fingerprint, position.epoch >= 0,
      (0...reader.sampleCount).contains(position.place)
    else { throw ShardError(.foreignPosition, in: reader.folder) }
    self.reader = reader
    self.position = position
    places = position.order.places(of: reader.sampleCount, epoch: position.epoch)
  }

  /// The next sample; `nil` at the end of an epoch, after which the next one begins.
  ///
  /// - Throws: ``ShardError`` naming shard, key and offset; the call after it gives the sample behind.
  package mutating func next() throws(ShardError) -> TrainingSample? {
    guard let place = advance() else { return nil }
    return try reader.sample(at: place)
  }

  /// Passes over the next sample without reading it, for those who read in threads of their own.
  ///
  /// - Returns: Its place for ``ShardReader/sample(at:)``; `nil` at the end of an epoch.
  package mutating func advance() -> Int? {
    guard position.place < places.count else {
      position.epoch += 1
      position.place = 0
      places = position.order.places(of: places.count, epoch: position.epoch)
      return nil
    }
    defer { position.place += 1 }
    return places[position.place]
  }
}
