import AtomicFiles
import Glibc
import Raster
import Shards

/// A dataset made of folders of PSD files.
///
/// Files are worked on in other processes, whose end ends the work on one file alone. What is found out is kept in the output's folder at once, so that a
/// build that was killed goes on. The finished dataset depends on the files and the configuration alone, not on how
/// many processes worked on it, in which order, or how often they were killed.
package struct DatasetBuild: Sendable {
  /// Something to tell the user.
  package enum Event: Sendable {
    /// So many files of all are done.
    case progress(done: Int, of: Int)
    /// How the files differ from those that the dataset was made of before.
    case inputs(changed: [String], added: [String], removed: [String])
    /// So many captions of all are written.
    case captions(done: Int, of: Int)
  }

  /// Words for pictures by a model.
  package struct Captioner: Sendable {
    /// Who writes, as captions and the manifest name it.
    package let name: String
    package let describe: @Sendable (RasterImage) async throws -> String

    package init(name: String, describe: @escaping @Sendable (RasterImage) async throws -> String) {
      self.name = name
      self.describe = describe
    }
  }

  /// Folders with files.
  package var folders: [String]
  package var output: String
  package var configuration = BuildConfiguration()
  /// The version of the program.
  package var toolVersion: String
  /// The program and the arguments before those of a worker.
  package var workerCommand: [String]
  /// How many files are worked on at a time.
  package var jobCount = 1
  package var part: Manifest.Part?
  /// `nil`: captions are made of what layers tell.
  package var captioner: Captioner?
  /// Digests of pictures that must not be in the dataset, such as those of an evaluation.
  package var excludedPictures: Set<String> = []
  /// Whether what another configuration left in the output is thrown away.
  package var isRestarting = false

  package init(folders: [String], output: String, toolVersion: String, workerCommand: [String]) {
    self.folders = folders
    self.output = output
    self.toolVersion = toolVersion
    self.workerCommand = workerCommand
  }

  /// Builds the dataset.
  ///
  /// - Parameter report: Told how it goes.
  /// - Returns: The manifest, which lies in the output too.
  /// - Throws: ``DatasetError``, `OutputError`, ``UnreadableFolder`` or `CancellationError`; what is done is kept.
  package func run(report: (Event) -> Void) async throws -> Manifest {
    try configuration.validate()
    let captionerName = captioner?.name ?? TemplateCaptioner.author
    let excluded = excludedPictures.sorted().joined(separator: "\n")
    let fingerprint = try configuration.fingerprint(
      toolVersion: toolVersion, captioner: "\(captionerName)\n\(excluded)")
    let files = try SourceFiles.find(in: folders)
    let earlier = try? Manifest(of: output)
    if let earlier, earlier.fingerprint != fingerprint, !isRestarting {
      throw DatasetError.otherConfiguration(output)
    }
    let work = try WorkFolder(
      in: output, fingerprint: fingerprint, isRestarting: isRestarting)
    var records: [SourceRecord] = []
    var locations: [String] = []
    for file in files {
      try Task.checkCancellation()
      let record = file.record()
      if let part, !part.takes(record.sha256) { continue }
      records.append(record)
      locations.append(file.location)
    }
    records.dropRepeatedFiles()
    if let earlier, earlier.fingerprint == fingerprint {
      reportChanges(from: earlier, to: records, report)
      try takeOver(earlier, for: records, into: work)
    }
    try await workOff(&records, locations, in: work, report)
    for index in records.indices
    where records[index].pixelHash.map(excludedPictures.contains) == true {
      records[index].drop(FileDrop(.excluded, "the picture is in an excluded dataset"))
    }
    records.dropRepeatedPictures()
    if let captioner {
      try await CaptionStage(captioner: captioner).run(&records, in: work, report)
    }
    let manifest = Manifest(
      tool: toolVersion, fingerprint: fingerprint, configuration: configuration,
      captioner: captionerName, part: part, sources: records)
    try DatasetWriting(manifest: manifest, output: output).write { record in
      guard let sample = work.sample(of: record) else {
        throw DatasetError.lostSample(record.path)
      }
      return sample
    }
    work.remove()
    return manifest
  }

  private func reportChanges(
    from earlier: Manifest, to records: [SourceRecord], _ report: (Event) -> Void
  ) {
    let before = Dictionary(
      earlier.sources.map { ($0.path, $0.sha256) }, uniquingKeysWith: { first, _ in first })
    let now = Dictionary(
      records.map { ($0.path, $0.sha256) }, uniquingKeysWith: { first, _ in first })
    let changed = now.keys.filter { before[$0] != nil && before[$0] != now[$0] }.sorted()
    let added = now.keys.filter { before[$0] == nil }.sorted()
    let removed = before.keys.filter { now[$0] == nil }.sorted()
    guard !(changed.isEmpty && added.isEmpty && removed.isEmpty) else { return }
    report(.inputs(changed: changed, added: added, removed: removed))
  }

  /// Uses what a finished dataset of the same configuration says of files that are as they were.
  private func takeOver(
    _ earlier: Manifest, for records: [SourceRecord], into work: WorkFolder
  ) throws {
    let reader = try? ShardReader(folder: output)
    var places: [String: Int] = [:]
    for (place, entry) in (reader?.index.shards.flatMap(\.samples) ?? []).enumerated() {
      places[entry.key] = place
    }
    let wanted = Set(records.map { "\($0.path)\n\($0.sha256)" })
    for record in earlier.sources where wanted.contains("\(record.path)\n\(record.sha256)") {
      guard work.result(for: record) == nil else { continue }
      switch record.reason {
      case .duplicateFile, .duplicatePixels, .excluded: continue
      default: break
      }
      if let key = record.key {
        guard let place = places[key], let sample = try? reader?.encodedSample(at: place),
          sample.checksum == record.fragment?.crc32
        else { continue }
        try work.store(record, sample)
      } else {
        try work.store(record, nil)
      }
    }
  }

  private func workOff(
    _ records: inout [SourceRecord], _ locations: [String], in work: WorkFolder,
    _ report: (Event) -> Void
  ) async throws {
    let configurationPath = "\(work.path)/configuration.json"
    try AtomicFile.write(encodedJSON(configuration), to: configurationPath, overwriting: true)
    let command = workerCommand + ["--configuration", configurationPath]
    var open = records.indices.filter { records[$0].reason == nil }[...]
    // Items that ended a worker which had done others are tried once more in a new one: what an item may take must not
    // depend on what came before it.
    var repeated: [Int] = []
    var running: [(index: Int, worker: WorkerProcess)] = []
    var idle: [WorkerProcess] = []
    defer { for worker in running.map(\.worker) + idle { worker.end() } }
    var doneCount = records.count - open.count
    while !open.isEmpty || !repeated.isEmpty || !running.isEmpty {
      try Task.checkCancellation()
      while running.count < max(1, jobCount) {
        let isRepeated = !repeated.isEmpty
        guard let index = repeated.popLast() ?? open.popFirst() else { break }
        if let result = work.result(for: records[index]) {
          records[index] = result
          doneCount += 1
          report(.progress(done: doneCount, of: records.count))
          continue
        }
        let waiting = isRepeated ? nil : idle.popLast()
        var worker =
          try waiting ?? WorkerProcess(command, seconds: configuration.limits.seconds)
        try worker.begin(
          WorkItem(
            location: locations[index], record: records[index],
            prefix: work.prefix(for: records[index])))
        running.append((index, worker))
      }
      var isIdle = true
      for place in running.indices.reversed() {
        guard let ending = running[place].worker.poll() else { continue }
        isIdle = false
        let (index, worker) = running.remove(at: place)
        switch ending {
        case .done: idle.append(worker)
        case .signaled where !worker.isFresh:
          repeated.append(index)
          continue
        default: break
        }
        records[index] = try result(of: records[index], after: ending, in: work)
        doneCount += 1
        report(.progress(done: doneCount, of: records.count))
      }
      if isIdle, !running.isEmpty { try await Task.sleep(for: .microseconds(500)) }
    }
  }

  private func result(
    of record: SourceRecord, after ending: WorkerProcess.Ending, in work: WorkFolder
  ) throws -> SourceRecord {
    var record = record
    switch ending {
    case .done:
      guard let result = work.result(for: record) else {
        throw DatasetError.workerFailed(path: record.path, code: 0)
      }
      return result
    case .exited(let code): throw DatasetError.workerFailed(path: record.path, code: code)
    case .signaled(let signal):
      let room = configuration.limits.mebibytes
      record.drop(
        FileDrop(.crashed, "signal \(signal), with \(room) MiB at most"), as: .quarantined)
    case .overdue:
      record.drop(
        FileDrop(.deadline, "longer than \(configuration.limits.seconds) s"), as: .quarantined)
    }
    try work.store(record, nil)
    return record
  }
}
