import Testing
import Torch

@Suite struct TensorTests {
  @Test func valuesComeBackInRowMajorOrder() throws {
    let tensor = try Tensor([1, 2, 3, 4, 5, 6] as [Float], shape: [2, 3])
    #expect(tensor.shape == [2, 3])
    #expect(try tensor.swappingAxes(0, 1).values(as: Float.self) == [1, 4, 2, 5, 3, 6])
  }

  @Test func countThatDoesNotFitTheShapeIsAnError() {
    #expect(
      throws: TorchError.unexpectedShape(what: "values for a tensor", expected: [2, 2], found: [3])
    ) {
      try Tensor([1, 2, 3] as [Float], shape: [2, 2])
    }
  }

  @Test func shapeThatOverflowsIsRefusedBeforeAllocation() {
    #expect(throws: TorchError.outOfMemory(operation: "a tensor of shape [\(Int.max), 2]")) {
      try Tensor(shape: [.max, 2], dtype: .float32) { _ in }
    }
  }

  @Test func failureOfAnOperatorNamesItAndLeavesTheRestUsable() throws {
    let a = try Tensor.zeros([2, 3])
    let error = #expect(throws: TorchError.self) { try a.matrixMultiplied(by: a) }
    #expect(error?.description.hasPrefix("aten::matmul: ") == true)
    #expect(error?.description.contains("\n") == false)
    #expect(try (a + 1).sum().values(as: Float.self) == [6])
  }

  @Test func memoryBeyondTheMachineIsReportedAsOutOfMemory() {
    #expect(throws: TorchError.outOfMemory(operation: "aten::empty.memory_format")) {
      try Tensor.uninitialized([1 << 50], dtype: .float32)
    }
  }

  @Test func memoryOfAnOwnerLivesAsLongAsTheTensorOverIt() throws {
    final class Owner {
      let bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: 8, alignment: 8)
      let isGone: (Bool) -> Void
      init(isGone: @escaping (Bool) -> Void) {
        self.isGone = isGone
        bytes.storeBytes(of: 1, as: Float.self)
        bytes.storeBytes(of: 2, toByteOffset: 4, as: Float.self)
      }
      deinit {
        bytes.deallocate()
        isGone(true)
      }
    }
    var isGone = false
    do {
      let tensor: Tensor
      do {
        let owner = Owner { isGone = $0 }
        tensor = try Tensor(
          memory: UnsafeRawBufferPointer(owner.bytes), owner: owner, shape: [2], dtype: .float32)
      }
      #expect(!isGone)
      #expect(try tensor.values(as: Float.self) == [1, 2])
    }
    #expect(isGone)
  }

  @Test func bfloat16RoundsToNearestEven() throws {
    let tensor = try Tensor([1.0039062, 991.90283] as [Float], shape: [2]).converted(to: .bfloat16)
    #expect(try tensor.values(as: Float.self) == [1, 992])
  }
}

@Suite struct GeneratorTests {
  @Test func float32NumbersAreThoseOfTorchForSeed777() throws {
    let numbers = try Tensor.normal([16], generator: Generator(seed: 777)).values(as: Float.self)
    let expected: [Float] = [0.18738972, -0.09800377, -0.38145813, -0.8175336]
    for (number, value) in zip(numbers, expected) { #expect(abs(number - value) < 2e-7) }
  }

  @Test func bfloat16NumbersAreThoseOfTorchForSeed777() throws {
    let numbers = try Tensor.normal([16], dtype: .bfloat16, generator: Generator(seed: 777))
    #expect(
      try numbers.values(as: Float.self).prefix(8)
        == [
          -1.015625, -0.609375, -0.41796875, 0.8203125, 0.38671875, 1.515625, 0.66796875, 0.7890625,
        ])
  }

  @Test func seedUsesItsLow32BitsOnly() throws {
    let small = try Tensor.normal([20], generator: Generator(seed: 5)).values(as: Float.self)
    let large = try Tensor.normal([20], generator: Generator(seed: 5 + (1 << 32))).values(
      as: Float.self)
    #expect(small == large)
  }
}

@Suite struct AutogradTests {
  @Test func gradientOfASquareIsTwiceItsRoot() throws {
    let x = try Tensor([1, -3] as [Float], shape: [2])
    let unused = try Tensor([1] as [Float], shape: [1])
    try x.setRequiresGradient()
    try unused.setRequiresGradient()
    let found = try gradients(of: (x * x).sum(), withRespectTo: [x, unused])
    #expect(try found[0]?.values(as: Float.self) == [2, -6])
    #expect(found[1] == nil)
  }

  @Test func nothingIsRecordedWithoutGradients() throws {
    let x = try Tensor([2] as [Float], shape: [1])
    try x.setRequiresGradient()
    let y = try withoutGradients { () throws(TorchError) -> Tensor in try x * x }
    #expect(!y.requiresGradient)
    #expect(try (x * x).requiresGradient)
  }
}

@Suite struct DeviceTests {
  @Test func deviceThatIsAbsentIsAClearError() {
    let error = #expect(throws: TorchError.self) { try Device.cuda(4096).prepare() }
    #expect(error?.description.hasPrefix("device 'cuda:4096' is not available: ") == true)
  }
}
