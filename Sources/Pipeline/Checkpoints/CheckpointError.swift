import OneLine
import Weights

/// What is wrong with a model folder as a whole; errors of single files have types of their own.
package enum CheckpointError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The path cannot be opened; the reason is the system's.
  case cannotOpen(path: String, reason: String)
  case notAFolder(path: String)
  /// A file in place of the folder whose kind is known by its name.
  case pickle(path: String)
  case emptyFolder(path: String)
  /// A folder of another pipeline's components.
  case anotherPipeline(path: String, className: String)
  /// A component that fits another model of the family.
  case anotherModel(path: String, what: String)
  case missingComponent(path: String, name: String)
  /// Two components whose sizes contradict each other.
  case contradiction(path: String, what: String)
  /// A checkpoint that cannot be made without the released vocabulary.
  case vocabularyNeeded(preset: String)
  /// A vocabulary without a token that the model needs.
  case missingToken(String)

  package var description: String { onOneLine(text) }

  private var text: String {
    switch self {
    case .cannotOpen(let path, let reason): "\(path): cannot be opened: \(reason)"
    case .notAFolder(let path): "\(path): is not a model folder"
    case .pickle(let path):
      "\(path): is a pickle file, which can execute code and is never read; give a folder of safetensors files"
    case .emptyFolder(let path): "\(path): the model folder is empty"
    case .anotherPipeline(let path, let className):
      "\(path)/model_index.json: '_class_name': is \(className), not QwenImageLayeredPipeline"
    case .anotherModel(let path, let what): "\(path): \(what)"
    case .missingComponent(let path, let name): "\(path): the component '\(name)' is missing"
    case .contradiction(let path, let what): "\(path): \(what)"
    case .vocabularyNeeded(let preset):
      "the preset '\(preset)' has the token ids of the released model and needs its vocabulary: "
        + "give --vocabulary a folder with vocab.json and merges.txt of Qwen2"
    case .missingToken(let text): "the vocabulary has no token '\(text)'"
    }
  }

  /// Whether the path itself could not be opened, as opposed to what was found in it.
  package var isUnopenedInput: Bool {
    switch self {
    case .cannotOpen, .notAFolder, .emptyFolder: true
    default: false
    }
  }
}
