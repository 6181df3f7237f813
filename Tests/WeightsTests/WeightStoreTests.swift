import Testing
import Torch
import TorchNN
import Weights

@Suite struct WeightStoreTests {
  @Test func oneErrorNamesEverythingMissingMisshapedAndLeftOver() throws {
    let source = TensorDictionary(
      [
        "a.weight": try .zeros([2, 2]), "b.weight": try .zeros([3, 2]), "c.weight": try .zeros([1]),
      ],
      name: "checkpoint")
    let store = WeightStore(source)
    _ = try Linear(store.root["a"], inputs: 2, outputs: 2)
    _ = try Linear(store.root["b"], inputs: 2, outputs: 2, hasBias: false)
    let error = #expect(throws: WeightError.self) { try store.finish() }
    #expect(
      error?.problems == [
        .missing(key: "a.bias", shape: [2]),
        .misshaped(key: "b.weight", expected: [2, 2], found: [3, 2]),
        .extra(key: "c.weight"),
      ])
    #expect(
      error?.description
        == "checkpoint: does not fit the model: 1 missing, 1 misshaped, 1 extra: missing 'a.bias' [2]; "
        + "misshaped 'b.weight': expected [2, 2], found [3, 2]; extra 'c.weight'")
  }

  @Test func longListOfProblemsIsCutAfterTen() throws {
    let store = WeightStore(TensorDictionary([:]))
    for index in 0..<12 { _ = try store.root["layers"][index].tensor("weight", shape: [1]) }
    let error = #expect(throws: WeightError.self) { try store.finish() }
    #expect(error?.problems.count == 12)
    #expect(error?.description.hasSuffix("missing 'layers.9.weight' [1]; and 2 more") == true)
  }

  @Test func keysLeftOverAloneAreReturned() throws {
    let store = WeightStore(TensorDictionary(["x": try .zeros([1]), "y": try .zeros([1])]))
    _ = try store.root.tensor("x", shape: [1])
    #expect(try store.finish() == ["y"])
  }

  @Test func weightsThatAreNotFloatingPointAreReported() throws {
    let store = WeightStore(TensorDictionary(["x": try Tensor([1] as [Int64], shape: [1])]))
    _ = try store.root.tensor("x", shape: [1])
    #expect(throws: WeightError.self) { try store.finish() }
  }

  @Test func weightsAreConvertedToTheTypeOfTheStore() throws {
    let store = WeightStore(TensorDictionary(["x": try .ones([1])]), dtype: .bfloat16)
    #expect(try store.root.tensor("x", shape: [1]).dtype == .bfloat16)
  }

  @Test func firstTensorThatIsNotFiniteIsNamed() throws {
    let store = WeightStore(
      TensorDictionary(["x": try .ones([2]), "y": try Tensor([1, .nan] as [Float], shape: [2])]))
    _ = try store.root.tensor("x", shape: [2])
    #expect(try store.firstNonFinite() == nil)
    _ = try store.root.tensor("y", shape: [2])
    #expect(try store.firstNonFinite() == "y")
  }
}

@Suite struct ParameterTests {
  @Test func layerComputesWithOnePositionAndTheWholeIsSaved() throws {
    let store = WeightStore(
      TensorDictionary(["x": try Tensor([0, 1, 2, 3, 4, 5] as [Float], shape: [1, 2, 3])]),
      dtype: .bfloat16)
    let last = try store.root.tensor("x", shape: [1, 2, 3], position: 2, along: 2)
    #expect(last.dtype == .bfloat16)
    #expect(try last.values(as: Float.self) == [2, 5])
    let trained = try last.copied() * 10
    try last.overwrite(with: trained)
    let whole = try #require(store.parameters.first).assembled()
    #expect(whole.dtype == .bfloat16)
    #expect(try whole.values(as: Float.self) == [0, 1, 20, 3, 4, 50])
  }

  @Test func keptTensorIsKnownButNotComputedWith() throws {
    let store = WeightStore(TensorDictionary(["x": try .ones([2])]), dtype: .bfloat16)
    try store.root.keep("x", shape: [2])
    #expect(try store.finish() == [])
    let parameter = try #require(store.parameters.first)
    #expect(parameter.tensor?.shape == nil)
    #expect(try parameter.assembled().dtype == .float32)
  }

  @Test func modelSaysWhatAWrongCheckpointSeemsToBe() throws {
    let store = WeightStore(TensorDictionary([:], name: "folder"))
    try store.root.keep("x", shape: [2])
    let error = #expect(throws: WeightError.self) {
      try store.finish { problems in problems.isEmpty ? nil : "this is another model" }
    }
    #expect(
      error?.description
        == "folder: does not fit the model: this is another model; 1 missing, 0 misshaped, 0 extra: "
        + "missing 'x' [2]")
  }
}

@Suite struct SeededWeightsTests {
  @Test func sameKeyAndSeedGiveTheSameNumbers() throws {
    let first = try SeededWeights(seed: 1).tensor("a.weight", shape: [4, 4])?.values(as: Float.self)
    let same = try SeededWeights(seed: 1).tensor("a.weight", shape: [4, 4])?.values(as: Float.self)
    let other = try SeededWeights(seed: 2).tensor("a.weight", shape: [4, 4])?.values(as: Float.self)
    #expect(first == same)
    #expect(first != other)
  }

  @Test func laidOutModelHoldsNoNumbers() throws {
    let store = WeightStore(ShapesOnly())
    _ = try Linear(store.root["huge"], inputs: 1 << 20, outputs: 1 << 20)
    #expect(store.parameters.map(\.key) == ["huge.weight", "huge.bias"])
    #expect(store.parameters.allSatisfy { $0.tensor?.device == .meta })
  }
}

@Suite struct KeyMapTests {
  @Test func keysGoThereAndBack() {
    let map = KeyMap([
      .init(checkpoint: "model.", network: "model.language_model."),
      .init(checkpoint: "visual.", network: "model.visual."),
    ])
    for key in ["model.norm.weight", "visual.merger.ln_q.weight", "lm_head.weight"] {
      #expect(map.checkpointKey(map.networkKey(key)) == key)
    }
    #expect(map.networkKey("model.norm.weight") == "model.language_model.norm.weight")
  }
}

@Suite struct LinearWeightTests {
  private func weights() throws -> [String: Tensor] {
    [
      "a.weight": try .normal([6, 16], generator: Generator(seed: 1)),
      "a.bias": try .normal([6], generator: Generator(seed: 2)),
    ]
  }

  private func layer(_ store: WeightStore, bearsInt8: Bool = true) throws -> Linear {
    let layer = try Linear(store.root["a"], inputs: 16, outputs: 6, bearsInt8: bearsInt8)
    try store.finish()
    return layer
  }

  /// As `layered model quantize` writes them.
  private func stored(_ tensors: [String: Tensor]) throws -> [String: Tensor] {
    let rows = try QuantizedRows(rounding: #require(tensors["a.weight"]))
    return [
      "a.weight": rows.numbers, "a.weight_scale": try rows.scales.reshaped(to: [6, 1]),
      "a.bias": try #require(tensors["a.bias"]),
    ]
  }

  @Test func weightsOfInt8ComputeAsThoseThatTheStoreQuantizes() throws {
    let x = try Tensor.normal([9, 16], generator: Generator(seed: 3))
    let real = try weights()
    let quantizing = WeightStore(TensorDictionary(real), int8: .layersThatBearIt)
    let held = WeightStore(TensorDictionary(try stored(real)))
    let found = try layer(held)(x).values(as: Float.self)
    #expect(try found == layer(quantizing)(x).values(as: Float.self))
    // A layer that does not bear it takes what a checkpoint holds, too.
    #expect(try found == layer(held, bearsInt8: false)(x).values(as: Float.self))
    #expect(held.int8Keys == ["a.weight"])
    #expect(quantizing.byteCount == 6 * 16 + 6 * 4)
    let plain = try layer(WeightStore(TensorDictionary(real)))(x).values(as: Float.self)
    #expect(found != plain)
    #expect(zip(found, plain).allSatisfy { abs($0 - $1) < 0.1 })
  }

  @Test func layersThatDoNotBearInt8AreNotQuantized() throws {
    let x = try Tensor.normal([9, 16], generator: Generator(seed: 3))
    let real = try weights()
    let kept = try layer(
      WeightStore(TensorDictionary(real), int8: .layersThatBearIt), bearsInt8: false)
    #expect(
      try kept(x).values(as: Float.self)
        == layer(WeightStore(TensorDictionary(real)))(x).values(as: Float.self))
  }

  @Test func gradientsOfInputsPassThroughTheWeightAsItIs() throws {
    let x = try Tensor.normal([9, 16], generator: Generator(seed: 3))
    let layer = try layer(WeightStore(TensorDictionary(stored(weights()))))
    let fast = try layer(x).values(as: Float.self)
    try x.setRequiresGradient()
    let plain = try layer(x)
    // The plain path leaves the inputs unrounded.
    #expect(zip(fast, try plain.values(as: Float.self)).allSatisfy { abs($0 - $1) < 0.1 })
    let found = try gradients(of: plain.sum(), withRespectTo: [x])
    #expect(found[0]?.shape == [9, 16])
  }

  @Test func weightsOfInt8WithoutFactorsAreMissingThem() throws {
    var tensors = try stored(weights())
    tensors["a.weight_scale"] = nil
    let error = #expect(throws: WeightError.self) {
      try layer(WeightStore(TensorDictionary(tensors)))
    }
    #expect(error?.problems == [.missing(key: "a.weight_scale", shape: [6, 1])])
  }

  @Test func weightsOfInt8AreLaidOutWithoutNumbers() throws {
    let source = TensorDictionary([
      "a.weight": try .uninitialized([6, 16], dtype: .int8, device: .meta),
      "a.weight_scale": try .uninitialized([6, 1], dtype: .float32, device: .meta),
      "a.bias": try .uninitialized([6], dtype: .float32, device: .meta),
    ])
    let store = WeightStore(source)
    _ = try layer(store)
    #expect(store.parameters.map(\.key) == ["a.weight", "a.weight_scale", "a.bias"])
  }

  @Test func weightsOfInt8AreNotToBeChangedInPlace() throws {
    let error = #expect(throws: WeightError.self) {
      try layer(WeightStore(TensorDictionary(stored(weights())), isWritable: true))
    }
    #expect(error?.problems.first == .wrongType(key: "a.weight", found: "int8"))
  }
}
