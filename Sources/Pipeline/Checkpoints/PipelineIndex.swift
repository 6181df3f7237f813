import FoundationEssentials
import Weights

/// What `model_index.json` says: the pipeline's class and those of its components.
package struct PipelineIndex: CheckpointConfiguration {
  package let className: String
  /// The class by component; the reference writes each as a library and a class.
  package let classNames: [String: String]
  /// How the model is best used, where that differs from the released one; other programs pass over it.
  package let preferences: ModelPreferences

  private struct Key: CodingKey {
    let stringValue: String
    let intValue: Int? = nil

    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }

    static let className = Key(stringValue: "_class_name")
    static let preferences = Key(stringValue: "_layered")
  }

  package init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: Key.self)
    className = try values.decode(String.self, forKey: .className)
    preferences =
      try values.decodeIfPresent(ModelPreferences.self, forKey: .preferences) ?? ModelPreferences()
    // Settings stand among the components, and a component may be null.
    classNames = values.allKeys.reduce(into: [:]) { names, key in
      if let pair = try? values.decode([String].self, forKey: key), pair.count == 2 {
        names[key.stringValue] = pair[1]
      }
    }
  }

  package func validate() throws(InvalidSetting) { try preferences.validate() }
}
