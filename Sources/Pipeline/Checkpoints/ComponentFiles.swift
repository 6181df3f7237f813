import Safetensors
import Torch
import Weights

/// A network that a component folder holds: built from `config.json` and the safetensors files beside it.
package protocol CheckpointNetwork {
  associatedtype Configuration: CheckpointConfiguration

  init(_ configuration: Configuration, weights: WeightScope) throws

  /// From the keys in the files to those of the network.
  static func keyMap(for checkpointKeys: [String]) -> KeyMap

  /// What a checkpoint with these problems seems to be, a clause, or nil.
  static func diagnosis(of problems: [WeightProblem]) -> String?
}

extension CheckpointNetwork {
  package static func keyMap(for checkpointKeys: [String]) -> KeyMap { KeyMap([]) }
  package static func diagnosis(of problems: [WeightProblem]) -> String? { nil }
}

/// The files of one component, opened and checked, none of their numbers read.
package struct ComponentFiles<Network: CheckpointNetwork>: Sendable {
  package let configuration: Network.Configuration
  package let weights: CheckpointWeights
  /// The weights as the network is given them.
  private let source: any WeightSource & Sendable
  /// Keys of the files that the network does not know.
  package let unknownKeys: [String]

  /// Reads the configuration and the headers, and compares every key and shape with the network's.
  ///
  /// - Parameter path: The component's folder.
  /// - Throws: ``ConfigurationError``, `SafetensorsError`, or ``WeightError`` with every difference.
  package init(path: String) throws {
    configuration = try Network.Configuration(path: path + "/config.json")
    weights = try CheckpointWeights(path: path, keyMap: Network.keyMap)
    let store = WeightStore(DeclaredShapes(weights))
    _ = try Network(configuration, weights: store.root)
    unknownKeys = try store.finish(diagnosing: Network.diagnosis)
    source = weights
  }

  /// The same files for a network of another configuration, whose weights are made of theirs.
  init(
    _ base: Self, as configuration: Network.Configuration, from source: some WeightSource & Sendable
  ) {
    self.configuration = configuration
    self.source = source
    weights = base.weights
    unknownKeys = base.unknownKeys
  }

  /// Builds the network over the files.
  ///
  /// - Parameters:
  ///   - dtype: What the weights are converted to; those of this type already are not copied.
  ///   - device: Where they are moved to.
  ///   - adapters: What is added to the weights.
  ///   - isWritable: Whether the weights may be changed in place, as training does.
  ///   - quantizesLinearWeights: Whether weights of linear layers become int8 where the layers bear it.
  /// - Returns: The network and the store that gave it its weights.
  /// - Throws: ``WeightError``, ``AdapterError``, `SafetensorsError`, `TorchError`.
  package func load(
    dtype: DType, device: Device, adapters: Adapters? = nil, isWritable: Bool = false,
    quantizesLinearWeights: Bool = false
  ) throws -> LoadedNetwork<Network> {
    let loaded = try load(
      dtype: dtype, device: device, adapters: adapters, isWritable: isWritable,
      quantizesLinearWeights: quantizesLinearWeights, building: Network.init)
    try loaded.store.finishAdapters()
    return loaded
  }

  /// Checks that adapters are made for this network: by shapes, and by the fingerprint of its weights where they name one.
  ///
  /// - Throws: ``AdapterError``.
  package func check(_ adapters: Adapters) throws {
    let store = WeightStore(DeclaredShapes(weights), adapters: adapters)
    _ = try Network(configuration, weights: store.root)
    try store.finishAdapters()
    for adapter in adapters.adapters {
      guard let base = adapter.baseFingerprint else { continue }
      guard try base == weights.shards.fingerprint() else {
        throw AdapterError(.anotherBase, path: adapter.path)
      }
    }
  }

  /// Builds a part of the network, so that the weights of the rest are never touched.
  package func load<Part>(
    dtype: DType, device: Device, adapters: Adapters? = nil, isWritable: Bool = false,
    quantizesLinearWeights: Bool = false,
    building build: (Network.Configuration, WeightScope) throws -> Part
  ) throws -> LoadedNetwork<Part> {
    let store = WeightStore(
      source, dtype: dtype, device: device, adapters: adapters, isWritable: isWritable,
      int8: quantizesLinearWeights ? .layersThatBearIt : .none)
    let part = try build(configuration, store.root)
    try store.finish(diagnosing: Network.diagnosis)
    return LoadedNetwork(network: part, store: store, shards: weights.shards)
  }

  /// Does work for which `body` loads the network and lets it go, and then gives its memory back to the system.
  ///
  /// Without this the pages of the files stay as long as the files are open, and the allocator keeps part of what was
  /// freed: the next component would come on top of them.
  package func givingMemoryBack<Result>(after body: () throws -> Result) rethrows -> Result {
    defer {
      weights.shards.discard()
      FreedMemory.giveBack()
    }
    return try body()
  }

  /// Bytes of all weights once they have that type; int8 stays what it is.
  ///
  /// - Parameters:
  ///   - dtype: Of the weights in the run.
  ///   - quantizesLinearWeights: Whether weights of linear layers become int8 where the layers bear it.
  /// - Returns: The bytes, without the factors of int8 weights.
  package func weightByteCount(as dtype: DType, quantizesLinearWeights: Bool = false) -> Int {
    let int8 = quantizesLinearWeights ? int8Keys : []
    return weights.shards.entries.reduce(0) { sum, entry in
      let isInt8 = entry.dtype == .int8 || int8.contains(entry.name)
      return sum + entry.elementCount * (isInt8 ? 1 : dtype.byteCount)
    }
  }

  /// The keys in the files of the weights that int8 may stand for, real or int8 already.
  package var int8Keys: Set<String> {
    let store = WeightStore(ShapesOnly())
    // Networks of this configuration were laid out before, when the files were compared with them.
    _ = try? Network(configuration, weights: store.root)
    return Set(store.int8Keys.map { weights.checkpointKey($0) })
  }
}

/// A network with its weights in place, for as long as this value lives.
package struct LoadedNetwork<Network> {
  package let network: Network
  package let store: WeightStore
  fileprivate let shards: ShardedSafetensors

  fileprivate init(network: Network, store: WeightStore, shards: ShardedSafetensors) {
    self.network = network
    self.store = store
    self.shards = shards
  }

  /// Checks, after the last use, that no file changed underneath.
  package func verifyUnchanged() throws(SafetensorsError) { try shards.verifyUnchanged() }
}

/// The tensors of a checkpoint as its headers declare them, without their numbers.
private struct DeclaredShapes: WeightSource {
  private let weights: CheckpointWeights

  init(_ weights: CheckpointWeights) { self.weights = weights }

  var name: String { weights.name }
  var keys: [String] { weights.keys }

  func tensor(_ key: String, shape: [Int]) throws -> Tensor? {
    guard let (shape, dtype) = try weights.declaration(of: key) else { return nil }
    return try .uninitialized(shape, dtype: dtype, device: .meta)
  }
}
