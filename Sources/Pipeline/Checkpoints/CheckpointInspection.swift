import Diffusion
import Safetensors
import TextEncoder
import Tokenizers

/// What a model folder holds, part by part, each as far as it can be read.
///
/// No weight is touched.
package struct CheckpointInspection: Encodable, Sendable {
  /// A network and its files.
  package struct Component: Encodable, Sendable {
    package let name: String
    /// What the folder's index calls it, in the reference's words.
    package let className: String?
    /// The configuration's sizes by name, in alphabetical order.
    package let sizes: [Size]
    package let tensorCount: Int
    package let parameterCount: Int
    /// Of the tensors.
    package let byteCount: Int
    package let fileCount: Int
    /// The types of its tensors by their names in the files, in alphabetical order.
    package let dtypes: [String]
    /// Tensors that the network does not know.
    package let unknownTensorCount: Int
  }

  package struct Size: Encodable, Sendable {
    package let name: String
    package let value: Int
  }

  package struct Tokenizer: Encodable, Sendable {
    package let tokenCount: Int
    package let addedTokenCount: Int
  }

  package struct Scheduler: Encodable, Sendable {
    package let timeShift: String
    package let usesDynamicShifting: Bool
    package let shift: Double
    package let terminalSigma: Double?
    package let trainingTimestepCount: Int
  }

  /// The folder as it was given.
  package let path: String
  package let components: [Component]
  package let tokenizer: Tokenizer?
  package let scheduler: Scheduler?
  /// What does not fit, each as the error that loading would end with; empty for a folder that is whole.
  package let problems: [String]

  /// - Throws: ``CheckpointError`` where the path is not a model folder of this kind at all.
  package init(path: String) throws {
    let folder = try CheckpointFolder(path: path)
    var components: [Component] = []
    var problems: [String] = []
    func attempt<Result>(_ body: () throws -> Result) -> Result? {
      do {
        return try body()
      } catch {
        let problem = "\(error)"
        if !problems.contains(problem) { problems.append(problem) }
        return nil
      }
    }

    if let files = attempt({ try folder.openTextEncoder() }) {
      components.append(
        Component(
          "text_encoder", files.network, in: folder, sizes: Self.sizes(files.network.configuration))
      )
      tokenizer = Tokenizer(
        tokenCount: files.tokenizer.vocabularyCount,
        addedTokenCount: files.tokenizer.addedTokens.count)
    } else {
      tokenizer = nil
    }
    if let files = attempt({ try folder.openTransformer() }) {
      let sizes = files.configuration
      components.append(
        Component(
          "transformer", files, in: folder,
          sizes: [
            ("blocks", sizes.blockCount), ("heads", sizes.headCount),
            ("head width", sizes.headWidth), ("text width", sizes.textWidth),
            ("token width", sizes.inputWidth),
          ]))
    }
    if let files = attempt({ try folder.openVAE() }) {
      let sizes = files.configuration
      components.append(
        Component(
          "vae", files, in: folder,
          sizes: [
            ("base width", sizes.baseWidth), ("compression", sizes.compression),
            ("image channels", sizes.imageChannelCount),
            ("latent channels", sizes.latentChannelCount),
          ]))
    }
    scheduler = attempt({ try folder.scheduler() }).map(Scheduler.init)
    // Parts that are whole may still contradict each other.
    if problems.isEmpty { _ = attempt { try folder.openPipeline() } }
    self.path = path
    self.components = components
    self.problems = problems
  }

  private static func sizes(_ configuration: Qwen25VLConfiguration) -> [(String, Int)] {
    [
      ("heads", configuration.language.headCount), ("layers", configuration.language.layerCount),
      ("vision blocks", configuration.vision.blockCount),
      ("vision width", configuration.vision.width),
      ("vocabulary", configuration.language.vocabularySize),
      ("width", configuration.language.width),
    ]
  }
}

extension CheckpointInspection.Component {
  fileprivate init<Network>(
    _ name: String, _ files: ComponentFiles<Network>, in folder: CheckpointFolder,
    sizes: [(String, Int)]
  ) {
    let entries = files.weights.shards.entries
    self.init(
      name: name, className: folder.index.classNames[name],
      sizes: sizes.sorted { $0.0 < $1.0 }.map { .init(name: $0.0, value: $0.1) },
      tensorCount: entries.count,
      parameterCount: entries.reduce(0) { $0 + $1.elementCount },
      byteCount: entries.reduce(0) { $0 + $1.byteCount },
      fileCount: files.weights.shards.files.count,
      dtypes: Set(entries.map(\.dtype.rawValue)).sorted(),
      unknownTensorCount: files.unknownKeys.count)
  }
}

extension CheckpointInspection.Scheduler {
  fileprivate init(_ configuration: FlowMatchEulerScheduler.Configuration) {
    self.init(
      timeShift: configuration.timeShift.rawValue,
      usesDynamicShifting: configuration.usesDynamicShifting, shift: configuration.shift,
      terminalSigma: configuration.terminalSigma,
      trainingTimestepCount: configuration.trainingTimestepCount)
  }
}
