import Torch

/// A place in a checkpoint's tree of keys, from which a layer takes its tensors by key and shape.
///
/// A layer writes its keys once, where it uses them: `weights["attn"]["to_q"].tensor("weight", shape: [D, D])`.
/// What is missing or misshaped is collected, not thrown at once, so that one error can name it all; until
/// ``WeightStore/finish(diagnosing:)`` throws, a stand-in takes the place of such a tensor.
package struct WeightScope {
  /// The key so far, with its final dot; empty at the root.
  package let path: String
  package let store: WeightStore

  init(path: String, store: WeightStore) {
    self.path = path
    self.store = store
  }

  /// The scope one step deeper.
  package subscript(_ name: String) -> WeightScope {
    WeightScope(path: path + name + ".", store: store)
  }

  /// The scope of the item `index` of a list.
  package subscript(_ index: Int) -> WeightScope { self[String(index)] }

  /// The tensor at this scope's path and `name`.
  ///
  /// - Parameters:
  ///   - name: The last part of the key.
  ///   - shape: What the layer needs; another in the checkpoint is reported by ``WeightStore/finish(diagnosing:)``.
  ///   - layout: How its elements lie in memory.
  /// - Returns: The tensor in the store's data type on the store's device.
  /// - Throws: ``TorchError``, such as `.outOfMemory`, and what the source throws.
  package func tensor(
    _ name: String, shape: [Int], layout: MemoryFormat = .contiguous
  ) throws -> Tensor {
    let stored = try store.stored(path + name, shape: shape)
    let tensor = try store.placed(stored, in: layout, of: path + name)
    store.remember(path + name, shape, .whole(tensor))
    return tensor
  }

  /// One position of an axis, which goes away, of the tensor at this scope's path and `name`.
  ///
  /// Only the position is copied and converted; the stored tensor stays as it is, for saving.
  ///
  /// - Parameters:
  ///   - name: The last part of the key.
  ///   - shape: That of the stored tensor.
  ///   - position: An index into the axis.
  ///   - axis: An index into `shape`.
  ///   - layout: How the elements of the result lie in memory.
  /// - Returns: The position in the store's data type on the store's device.
  /// - Throws: ``TorchError``, such as `.outOfMemory`, and what the source throws.
  package func tensor(
    _ name: String, shape: [Int], position: Int, along axis: Int,
    layout: MemoryFormat = .contiguous
  ) throws -> Tensor {
    let stored = try store.stored(path + name, shape: shape)
    let slice = try stored.select(position, along: axis)
    let tensor = try store.placed(slice, in: layout, of: path + name)
    store.remember(path + name, shape, .position(tensor, position, along: axis, of: stored))
    return tensor
  }

  /// What adapters add to a linear layer's weight at this scope's path, where the store keeps them apart.
  ///
  /// - Parameters:
  ///   - name: The last part of the weight's key.
  ///   - shape: Of the weight, `[out, in]`.
  /// - Returns: The factors in the store's data type on the store's device; none where the store merges them.
  /// - Throws: ``AdapterError`` where they do not fit, and ``TorchError``.
  package func lowRankUpdates(_ name: String, shape: [Int]) throws -> [LowRankUpdate] {
    guard store.adapters?.isMerged == false else { return [] }
    return try store.updates(of: path + name, shape: shape).map { update in
      let converted = LowRankUpdate(
        down: try store.converted(update.down), up: try store.converted(update.up),
        scale: update.scale)
      store.remember(converted, of: path + name)
      return converted
    }
  }

  /// Claims a tensor that takes part in no computation, so that it counts as known and can be saved again.
  package func keep(_ name: String, shape: [Int]) throws {
    store.remember(path + name, shape, .kept(try store.stored(path + name, shape: shape)))
  }
}

/// Gives out the tensors of one model and remembers which, so that none is missing and none is left over.
package final class WeightStore {
  private let source: any WeightSource
  private let dtype: DType?
  let device: Device
  private let isWritable: Bool
  let adapters: Adapters?
  let int8: Int8Choice
  /// The keys of the weights of linear layers that bear int8, in the order of asking.
  package private(set) var int8Keys: [String] = []
  private var adaptedLayers: [Set<String>]
  /// What was given out, in the order of asking.
  package private(set) var parameters: [Parameter] = []
  /// The factors of adapters that were given out, by the key of the layer without `.weight`, in the order of asking.
  package private(set) var lowRankUpdates: [(layer: String, update: LowRankUpdate)] = []
  private var problems: [WeightProblem] = []

  /// - Parameters:
  ///   - source: Where the tensors come from.
  ///   - dtype: What floating-point tensors are converted to; nil keeps each as it is stored.
  ///   - device: Where they are moved to.
  ///   - adapters: What is added to the weights of linear layers.
  ///   - isWritable: Whether tensors may be changed in place, which those over a mapped file may not; they are copied.
  ///     Int8 weights may not be: no gradient reaches them.
  ///   - int8: Which real weights of linear layers become int8.
  package init(
    _ source: any WeightSource, dtype: DType? = nil, device: Device = .cpu,
    adapters: Adapters? = nil, isWritable: Bool = false, int8: Int8Choice = .none
  ) {
    self.source = source
    self.dtype = dtype
    self.device = device
    self.isWritable = isWritable
    self.adapters = adapters
    self.int8 = int8
    adaptedLayers = Array(repeating: [], count: adapters?.adapters.count ?? 0)
  }

  package var root: WeightScope { WeightScope(path: "", store: self) }

  /// The tensor as the source holds it, or a stand-in without elements and a problem noted.
  ///
  /// Adapters that are merged are added to real numbers; int8 where it is taken comes as it is.
  func stored(_ key: String, shape: [Int], orInt8 takesInt8: Bool = false) throws -> Tensor {
    let standIn = try Tensor.uninitialized(shape, dtype: dtype ?? .float32, device: .meta)
    guard let stored = try source.tensor(key, shape: shape) else {
      problems.append(.missing(key: key, shape: shape))
      return standIn
    }
    guard stored.shape == shape else {
      problems.append(.misshaped(key: key, expected: shape, found: stored.shape))
      return standIn
    }
    if takesInt8, stored.dtype == .int8, !isWritable { return stored }
    guard stored.dtype.isFloatingPoint else {
      problems.append(.wrongType(key: key, found: stored.dtype.description))
      return standIn
    }
    guard adapters?.isMerged == true else { return stored }
    return try updates(of: key, shape: shape).reduce(stored) { weight, update in
      guard weight.device != .meta else { return weight }
      return try (weight.converted(to: .float32) + update.matrix()).converted(
        to: dtype ?? weight.dtype)
    }
  }

  /// What the adapters add to the weight of that key.
  func updates(of key: String, shape: [Int]) throws -> [LowRankUpdate] {
    guard let adapters, key.hasSuffix(".weight") else { return [] }
    let layer = String(key.dropLast(".weight".count))
    return try adapters.adapters.enumerated().compactMap { index, adapter in
      guard let found = try adapter.update(of: layer, shape: shape) else { return nil }
      adaptedLayers[index].insert(found.name)
      return found.update
    }
  }

  /// A tensor in the store's data type on its device.
  func converted(_ tensor: Tensor) throws(TorchError) -> Tensor {
    let converted = try tensor.converted(to: dtype ?? tensor.dtype).moved(to: device)
    return isWritable && converted.sharesMemory(with: tensor) ? try converted.copied() : converted
  }

  /// Checks, once the network has asked for its weights, that every layer of every adapter is the network's.
  ///
  /// - Throws: ``AdapterError`` naming those that are not.
  package func finishAdapters() throws(AdapterError) {
    for (adapter, used) in zip(adapters?.adapters ?? [], adaptedLayers) {
      let unknown = adapter.layers.filter { !used.contains($0) }
      guard unknown.isEmpty else { throw AdapterError(.unknownLayers(unknown), path: adapter.path) }
    }
  }

  /// The tensor in the store's data type and a layout on the store's device.
  ///
  /// Where that is a copy of what the source holds under `key`, the source need not keep that in memory.
  func placed(
    _ tensor: Tensor, in layout: MemoryFormat, of key: String
  ) throws(TorchError) -> Tensor {
    guard tensor.device != .meta else { return try tensor.contiguous(layout) }
    let placed = try converted(tensor).contiguous(layout)
    if !placed.sharesMemory(with: tensor) { source.discard(key) }
    return placed
  }

  /// Bytes of the tensors that take part in computation.
  package var byteCount: Int {
    parameters.reduce(0) { sum, parameter in
      sum + (parameter.tensor.map { $0.elementCount * $0.dtype.byteCount } ?? 0)
    }
  }

  func rememberInt8(_ key: String) { int8Keys.append(key) }

  func discard(_ key: String) { source.discard(key) }

  func remember(_ update: LowRankUpdate, of key: String) {
    lowRankUpdates.append((String(key.dropLast(".weight".count)), update))
  }

  func remember(_ key: String, _ shape: [Int], _ use: Parameter.Use) {
    parameters.append(Parameter(key: key, shape: shape, use: use))
  }

  /// Ends the loading of a model.
  ///
  /// - Parameter diagnose: What the problems tell about the checkpoint as a whole, a clause such as "this is …".
  /// - Returns: The keys of the source that no layer asked for.
  /// - Throws: ``WeightError`` that names everything missing, misshaped and left over, if anything is missing or misshaped.
  @discardableResult
  package func finish(
    diagnosing diagnose: ([WeightProblem]) -> String? = { _ in nil }
  ) throws(WeightError) -> [String] {
    let used = Set(parameters.map(\.key))
    let extra = source.keys.filter { !used.contains($0) }.sorted()
    guard problems.isEmpty else {
      throw WeightError(
        source: source.name, problems: problems + extra.map { .extra(key: $0) },
        diagnosis: diagnose(problems))
    }
    return extra
  }

  /// The key of the first tensor that holds an infinity or a NaN, to explain a result that does.
  package func firstNonFinite() throws(TorchError) -> String? {
    for parameter in parameters {
      if let tensor = parameter.tensor, try !tensor.isFinite() { return parameter.key }
    }
    return nil
  }
}

/// Low-rank adapters that a ``WeightStore`` adds to the weights that it gives out.
package struct Adapters: Sendable {
  package let adapters: [LowRankAdapter]

  /// Whether the products are added to the weights, rounded to the type in which they are used; otherwise layers compute
  /// with weight and factors apart, which takes longer and rounds nothing.
  package let isMerged: Bool

  package init(_ adapters: [LowRankAdapter], isMerged: Bool = true) {
    self.adapters = adapters
    self.isMerged = isMerged
  }
}

/// Where a ``WeightStore`` gets its tensors.
package protocol WeightSource {
  /// What errors call it, a path as a rule.
  var name: String { get }
  /// All keys it holds; empty for a source that makes whatever is asked for.
  var keys: [String] { get }
  /// The tensor of that key as it is stored, or nil where there is none.
  ///
  /// - Parameters:
  ///   - key: The network's, in full.
  ///   - shape: What is asked for, for sources that make tensors.
  /// - Returns: A tensor of any shape; whether it fits is the store's to check.
  /// - Throws: What keeps the source from reading or making it.
  func tensor(_ key: String, shape: [Int]) throws -> Tensor?
  /// Hears that the tensor of that key was copied, so that the memory behind it can serve others. The tensor stays valid.
  func discard(_ key: String)
}

extension WeightSource {
  /// Sources that hold their tensors in memory have nothing to give back.
  package func discard(_ key: String) {}
}
