import AtomicFiles
import Diffusion
import FoundationEssentials
import Glibc
import OneLine
import Safetensors
import Torch
import Weights

/// Latents and prompt features of samples, in a folder, so that every sample is encoded once and not in every epoch.
///
/// The folder's name holds a fingerprint of all that they are a function of; what changes it makes another folder. A file
/// for each sample, `sample-00000012.safetensors`, with `frames` `[N + 1, C, h, w]`, `prompt` `[T, W]`, where needed
/// `condition` `[C, h, w]` and `prompt.layer.0` …; and `blank.safetensors` with the features of one space.
struct LatentCache {
  /// What is known of a sample without reading its numbers.
  struct Entry: Hashable, Sendable {
    /// Its place in the source.
    let index: Int
    let layerCount: Int
    let grid: TokenGrid
    /// Of its longest prompt.
    let promptTokenCount: Int
  }

  let folder: String
  /// The samples that can be learnt from, in the order of the source.
  let entries: [Entry]
  /// Why the others cannot, by their place.
  let unusable: [(index: Int, reason: String)]
  /// Samples with too many layers.
  let leftOutCount: Int
  /// Features of one space, `[T, W]`.
  let blank: Tensor

  /// Encodes what is not there yet, and takes stock.
  ///
  /// - Parameters:
  ///   - source: The samples.
  ///   - folder: Made where it is missing.
  ///   - configuration: The most layers and unreadable samples.
  ///   - places: Which of the samples this process encodes.
  ///   - encoding: Loads the networks; not called where nothing is missing.
  ///   - report: Told how many of how many are done.
  ///   - meet: Waits for the processes that encode the other samples.
  /// - Throws: ``TooManyUnreadable``, `OutputError`, `CancellationError` between samples.
  init(
    of source: any SampleSource, in folder: String, configuration: TrainingConfiguration,
    places: [Int], encoding: () throws -> SampleEncoding, report: (_ done: Int, _ of: Int) -> Void,
    meet: () throws -> Void
  ) throws {
    self.folder = folder
    try makeFolder(folder)
    let missing = places.filter { (try? Self.entry($0, in: folder)) == nil }
    let needsBlank = places.first == 0 && access(folder + "/blank.safetensors", R_OK) != 0
    var unusable: [(index: Int, reason: String)] = []
    if !missing.isEmpty || needsBlank {
      let encoding = try encoding()
      if needsBlank {
        try Self.write(
          [("prompt", encoding.blank)], to: folder + "/blank.safetensors")
      }
      for (done, index) in missing.enumerated() {
        try Task.checkCancellation()
        do {
          let sample = try encoding(source.trainingSample(at: index))
          try Self.write(sample.named, to: Self.path(of: index, in: folder))
        } catch let error where !(error is OutputError || error is TorchError) {
          unusable.append((index, onOneLine("\(error)")))
          guard unusable.count <= configuration.run.unreadableLimit else {
            throw TooManyUnreadable(limit: configuration.run.unreadableLimit, last: "\(error)")
          }
        }
        report(done + 1, missing.count)
      }
    }
    try meet()
    self.unusable = unusable

    var entries: [Entry] = []
    var leftOutCount = 0
    for index in 0..<source.sampleCount where access(Self.path(of: index, in: folder), R_OK) == 0 {
      let entry = try Self.entry(index, in: folder)
      if entry.layerCount <= configuration.maximumLayerCount {
        entries.append(entry)
      } else {
        leftOutCount += 1
      }
    }
    self.entries = entries
    self.leftOutCount = leftOutCount
    let file = try SafetensorsFile(path: folder + "/blank.safetensors")
    blank = try Self.tensor("prompt", in: file)
  }

  /// Reads a sample.
  ///
  /// - Throws: `SafetensorsError` where its file is gone or broken.
  func load(_ entry: Entry) throws -> SampleLatents {
    let file = try SafetensorsFile(path: Self.path(of: entry.index, in: folder))
    func optional(_ name: String) throws -> Tensor? {
      file.entry(named: name) == nil ? nil : try Self.tensor(name, in: file)
    }
    var layerPrompts: [Tensor] = []
    while let prompt = try optional("prompt.layer.\(layerPrompts.count)") {
      layerPrompts.append(prompt)
    }
    return SampleLatents(
      frames: try Self.tensor("frames", in: file), condition: try optional("condition"),
      prompt: try Self.tensor("prompt", in: file), layerPrompts: layerPrompts)
  }

  // MARK: Files

  private static func path(of index: Int, in folder: String) -> String {
    let digits = String(index)
    return folder + "/sample-" + String(repeating: "0", count: max(0, 8 - digits.count)) + digits
      + ".safetensors"
  }

  private static func tensor(_ name: String, in file: SafetensorsFile) throws -> Tensor {
    guard let entry = file.entry(named: name) else {
      throw SafetensorsError(.noSuchTensor(name), in: file.path)
    }
    return try Tensor(entry, of: file.bytes(of: name), in: file.path)
  }

  private static func write(_ tensors: [(String, Tensor)], to path: String) throws {
    let writer = try SafetensorsWriter(
      path: path, overwriting: true,
      tensors.map { name, tensor in
        TensorDeclaration(name: name, dtype: tensor.dtype.stored, shape: tensor.shape)
      })
    for (name, tensor) in tensors {
      try tensor.withUnsafeBytes { try writer.write($0, of: name) }
    }
    try writer.commit()
  }

  private static func entry(_ index: Int, in folder: String) throws -> Entry {
    let file = try SafetensorsFile(path: path(of: index, in: folder))
    guard let frames = file.entry(named: "frames")?.shape, frames.count == 4, frames[0] > 1 else {
      throw SafetensorsError(.noSuchTensor("frames"), in: file.path)
    }
    let prompts = file.entries.filter { $0.name.hasPrefix("prompt") }
    return Entry(
      index: index, layerCount: frames[0] - 1,
      grid: TokenGrid(rows: frames[2] / 2, columns: frames[3] / 2),
      promptTokenCount: prompts.compactMap(\.shape.first).max() ?? 0)
  }
}

extension SampleLatents {
  fileprivate var named: [(String, Tensor)] {
    [("frames", frames), ("prompt", prompt)]
      + (condition.map { [("condition", $0)] } ?? [])
      + layerPrompts.enumerated().map { ("prompt.layer.\($0)", $1) }
  }
}

/// More samples cannot be read than the configuration allows.
struct TooManyUnreadable: Error, CustomStringConvertible {
  let limit: Int
  let last: String

  var description: String {
    onOneLine("more than \(limit) samples cannot be read; the last: \(last)")
  }
}
