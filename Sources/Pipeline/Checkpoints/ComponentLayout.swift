import FoundationEssentials
import Safetensors
import Torch
import Weights

/// The tensors of one component as its network asks for them, without numbers.
package struct ComponentLayout: Hashable, Sendable {
  package struct Entry: Hashable, Sendable {
    /// Under which the released files hold it.
    package let key: String
    /// Under which the network asks for it.
    package let networkKey: String
    package let shape: [Int]

    /// The product of the lengths, which stays far below overflow for configurations that were validated.
    package var elementCount: Int { shape.reduce(1, *) }
  }

  /// The component's folder.
  package let name: String
  /// In the order in which the network asks.
  package let entries: [Entry]

  package var parameterCount: Int { entries.reduce(0) { $0 + $1.elementCount } }

  /// Lays out a network on the meta device.
  ///
  /// - Parameters:
  ///   - name: The component's folder.
  ///   - network: Its type.
  ///   - configuration: The text of its `config.json`.
  /// - Throws: `DecodingError` or ``InvalidSetting`` for a configuration that the network does not take.
  init<Network: CheckpointNetwork>(
    _ name: String, of network: Network.Type, configuration: String
  ) throws {
    let configuration = try JSONDecoder().decode(
      Network.Configuration.self, from: Data(configuration.utf8))
    try configuration.validate()
    let store = WeightStore(ShapesOnly())
    _ = try Network(configuration, weights: store.root)
    let released = Network.keyMap(for: [])
    self.name = name
    entries = store.parameters.map { parameter in
      Entry(
        key: released.checkpointKey(parameter.key), networkKey: parameter.key,
        shape: parameter.shape)
    }
  }

  /// What the files of this component declare.
  func declarations(_ dtype: DType) -> [TensorDeclaration] {
    entries.map { TensorDeclaration(name: $0.key, dtype: dtype.stored, shape: $0.shape) }
  }
}
