import CTorch

/// An array of numbers of one type on one device.
///
/// A value: operators give new tensors, and only the operators that look like mutation write in place. Tensors may
/// share memory (a view, a mapped file). Not `Sendable`: an actor owns the tensors it works with.
package struct Tensor {
  private final class Reference {
    let handle: OpaquePointer
    init(_ handle: OpaquePointer) { self.handle = handle }
    deinit { ctorch_release(handle) }
  }

  private let reference: Reference

  /// Takes over one owned reference.
  init(owning handle: OpaquePointer) { reference = Reference(handle) }

  var handle: OpaquePointer { reference.handle }

  // MARK: Properties

  /// The length of each axis.
  package var shape: [Int] {
    let rank = Int(ctorch_rank(handle))
    return [Int64](unsafeUninitializedCapacity: rank) { buffer, count in
      if let base = buffer.baseAddress { ctorch_shape(handle, base) }
      count = rank
    }.map(Int.init)
  }

  package var rank: Int { Int(ctorch_rank(handle)) }
  package var elementCount: Int { shape.reduce(1, *) }
  package var dtype: DType {
    guard let dtype = DType(rawValue: ctorch_dtype(handle)) else {
      preconditionFailure("a type of elements that no operator used here gives")
    }
    return dtype
  }
  package var isContiguous: Bool { ctorch_is_contiguous(handle) }

  /// Whether both lie over the same memory, so that neither is a copy of the other.
  package func sharesMemory(with other: Tensor) -> Bool {
    ctorch_shares_memory(handle, other.handle)
  }

  package var device: Device {
    var type: Int32 = 0
    var index: Int32 = 0
    ctorch_device(handle, &type, &index)
    return Device(type: type, index: index)
  }

  /// The lengths of a tensor of one axis, two axes, …, by the number of names on the left side.
  package func dimensions() throws(TorchError) -> (Int, Int) {
    let shape = shape
    guard shape.count == 2 else { throw rankError(2, shape) }
    return (shape[0], shape[1])
  }

  package func dimensions() throws(TorchError) -> (Int, Int, Int) {
    let shape = shape
    guard shape.count == 3 else { throw rankError(3, shape) }
    return (shape[0], shape[1], shape[2])
  }

  package func dimensions() throws(TorchError) -> (Int, Int, Int, Int) {
    let shape = shape
    guard shape.count == 4 else { throw rankError(4, shape) }
    return (shape[0], shape[1], shape[2], shape[3])
  }

  private func rankError(_ rank: Int, _ shape: [Int]) -> TorchError {
    .unexpectedShape(
      what: "tensor of rank \(rank)", expected: Array(repeating: -1, count: rank), found: shape)
  }

  // MARK: Making tensors

  /// Copies Swift numbers to a new tensor on the CPU, in row-major order.
  ///
  /// - Throws: ``TorchError/unexpectedShape(what:expected:found:)`` if the count does not fit the shape.
  package init<Scalar: TensorScalar>(_ values: [Scalar], shape: [Int]) throws(TorchError) {
    guard shape.reduce(1, *) == values.count else {
      throw .unexpectedShape(what: "values for a tensor", expected: shape, found: [values.count])
    }
    try self.init(shape: shape, dtype: Scalar.dtype) { bytes in
      values.withUnsafeBytes { bytes.copyMemory(from: $0) }
    }
  }

  /// A new tensor on the CPU whose bytes the closure writes.
  package init(
    shape: [Int], dtype: DType, writing body: (UnsafeMutableRawBufferPointer) -> Void
  ) throws(TorchError) {
    let (count, overflow) = shape.reduce((dtype.byteCount, false)) { product, length in
      let (value, over) = product.0.multipliedReportingOverflow(by: length)
      return (value, product.1 || over || length < 0)
    }
    guard !overflow else { throw .outOfMemory(operation: "a tensor of shape \(shape)") }
    self = try .uninitialized(shape, dtype: dtype)
    // Nobody else knows the tensor yet, so its elements may still be written.
    let start = UnsafeMutableRawPointer(mutating: ctorch_data(handle))
    body(UnsafeMutableRawBufferPointer(start: start, count: start == nil ? 0 : count))
  }

  /// A tensor over memory that `owner` keeps alive; nothing is copied and nothing may be written.
  package init(
    memory: UnsafeRawBufferPointer, owner: AnyObject, shape: [Int], dtype: DType
  ) throws(TorchError) {
    var result: OpaquePointer?
    let context = Unmanaged.passRetained(owner)
    let lengths = shape.map(Int64.init)
    let status = ctorch_from_memory(
      memory.baseAddress, lengths, Int64(lengths.count), dtype.rawValue,
      { context in context.map { Unmanaged<AnyObject>.fromOpaque($0).release() } },
      context.toOpaque(), &result)
    guard status == CTORCH_OK, let result else {
      context.release()
      try TorchError.check(status, "tensor over memory of shape \(shape)")
      throw .operatorFailed(name: "tensor over memory", reason: "no tensor came back")
    }
    self.init(owning: result)
  }

  // MARK: Reading tensors

  /// All elements in row-major order, moved to the CPU and converted as needed.
  package func values<Scalar: TensorScalar>(as type: Scalar.Type = Scalar.self) throws(TorchError)
    -> [Scalar]
  {
    let source = try moved(to: .cpu).converted(to: Scalar.dtype)
    let count = source.elementCount
    var status = CTORCH_OK
    let values = [Scalar](unsafeUninitializedCapacity: count) { buffer, initialized in
      status = ctorch_copy_bytes(
        source.handle, buffer.baseAddress, Int64(count * MemoryLayout<Scalar>.stride))
      initialized = status == CTORCH_OK ? count : 0
    }
    try TorchError.check(status, "reading a tensor")
    return values
  }

  /// The bytes of all elements in row-major order, without conversion.
  package func withUnsafeBytes<Result>(
    _ body: (UnsafeRawBufferPointer) throws -> Result
  ) throws -> Result {
    let source = try moved(to: .cpu).contiguous()
    let bytes = UnsafeRawBufferPointer(
      start: ctorch_data(source.handle), count: source.elementCount * source.dtype.byteCount)
    return try withExtendedLifetime(source) { try body(bytes) }
  }
}

/// A Swift number that tensors can be made of and read as.
package protocol TensorScalar: BitwiseCopyable, Sendable {
  static var dtype: DType { get }
}

extension Float: TensorScalar { package static var dtype: DType { .float32 } }
extension Double: TensorScalar { package static var dtype: DType { .float64 } }
extension Int64: TensorScalar { package static var dtype: DType { .int64 } }
extension Int32: TensorScalar { package static var dtype: DType { .int32 } }
extension UInt8: TensorScalar { package static var dtype: DType { .uint8 } }
