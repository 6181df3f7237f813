import CTorch

/// An argument of an operator, as libtorch's schema knows them.
package enum Argument {
  /// The default of the operator's schema.
  case standard
  case none
  case tensor(Tensor)
  case integer(Int)
  case real(Double)
  case flag(Bool)
  case integers([Int])
  case reals([Double])
  case tensors([Tensor])
  case text(String)
  case dtype(DType)
  case device(Device)
  case generator(Generator)

  /// `None` where there is no tensor.
  package static func optional(_ tensor: Tensor?) -> Argument {
    tensor.map { .tensor($0) } ?? .none
  }
}

/// One operator of libtorch's dispatcher, found once by its name and called for its tensors.
package struct Operator: @unchecked Sendable {
  private let name: String
  private let found: Result<OpaquePointer, TorchError>

  /// - Parameters:
  ///   - name: Such as `aten::add`.
  ///   - overload: Such as `Tensor`; empty where the operator has one form.
  package init(_ name: String, _ overload: String = "") {
    self.name = overload.isEmpty ? name : "\(name).\(overload)"
    var handle: OpaquePointer?
    do throws(TorchError) {
      try TorchError.check(ctorch_find_operator(name, overload, &handle), name)
      found =
        handle.map { .success($0) } ?? .failure(.operatorFailed(name: name, reason: "not found"))
    } catch {
      found = .failure(error)
    }
  }

  /// Calls the operator for its first tensor.
  package func callAsFunction(_ arguments: Argument...) throws(TorchError) -> Tensor {
    let results = try tensors(arguments, capacity: 8)
    guard let first = results.first else {
      throw .operatorFailed(name: name, reason: "gave no tensor")
    }
    return first
  }

  /// Calls the operator for all its tensors, at most `capacity`.
  package func tensors(_ arguments: [Argument], capacity: Int) throws(TorchError) -> [Tensor] {
    let handle = try found.get()
    var marshalled = MarshalledArguments()
    for argument in arguments { marshalled.append(argument) }
    var results = [OpaquePointer?](repeating: nil, count: capacity)
    var count: Int64 = 0
    let status = marshalled.withUnsafeArguments { arguments in
      ctorch_call(
        handle, arguments.baseAddress, Int64(arguments.count), &results, Int64(capacity), &count)
    }
    withExtendedLifetime(arguments) {}
    try TorchError.check(status, name)
    return results.prefix(Int(count)).compactMap { $0.map(Tensor.init(owning:)) }
  }
}

/// Arguments flattened to the C structure; lists lie in shared buffers and are pointed at once all are in place.
private struct MarshalledArguments {
  private enum List { case integers, reals, tensors, text }
  private var arguments: [CTorchArgument] = []
  private var lists: [(argument: Int, list: List, offset: Int)] = []
  private var integers: [Int64] = []
  private var reals: [Double] = []
  private var handles: [OpaquePointer?] = []
  private var text: [CChar] = []

  mutating func append(_ argument: Argument) {
    switch argument {
    case .standard: add(CTORCH_DEFAULT)
    case .none: add(CTORCH_NONE)
    case .tensor(let tensor): add(CTORCH_TENSOR, pointer: UnsafeRawPointer(tensor.handle))
    case .integer(let value): add(CTORCH_INTEGER, integer: Int64(value))
    case .real(let value): add(CTORCH_REAL, real: value)
    case .flag(let value): add(CTORCH_FLAG, integer: value ? 1 : 0)
    case .dtype(let dtype): add(CTORCH_INTEGER, integer: Int64(dtype.rawValue))
    case .device(let device):
      let code = device.code
      add(CTORCH_DEVICE, integer: Int64(code.type), count: Int(code.index))
    case .generator(let generator):
      add(CTORCH_GENERATOR, pointer: UnsafeRawPointer(generator.handle))
    case .integers(let values):
      lists.append((arguments.count, .integers, integers.count))
      integers += values.map(Int64.init)
      add(CTORCH_INTEGERS, count: values.count)
    case .reals(let values):
      lists.append((arguments.count, .reals, reals.count))
      reals += values
      add(CTORCH_REALS, count: values.count)
    case .tensors(let tensors):
      lists.append((arguments.count, .tensors, handles.count))
      handles += tensors.map(\.handle)
      add(CTORCH_TENSORS, count: tensors.count)
    case .text(let string):
      lists.append((arguments.count, .text, text.count))
      text += string.utf8CString
      add(CTORCH_TEXT)
    }
  }

  private mutating func add(
    _ tag: CTorchTag, integer: Int64 = 0, real: Double = 0, pointer: UnsafeRawPointer? = nil,
    count: Int = 0
  ) {
    arguments.append(
      CTorchArgument(tag: tag, integer: integer, real: real, pointer: pointer, count: Int64(count)))
  }

  mutating func withUnsafeArguments(
    _ body: (UnsafeBufferPointer<CTorchArgument>) -> CTorchStatus
  ) -> CTorchStatus {
    integers.withUnsafeBufferPointer { integers in
      reals.withUnsafeBufferPointer { reals in
        handles.withUnsafeBufferPointer { handles in
          text.withUnsafeBufferPointer { text in
            for (argument, list, offset) in lists {
              arguments[argument].pointer =
                switch list {
                case .integers: integers.baseAddress.map { UnsafeRawPointer($0 + offset) }
                case .reals: reals.baseAddress.map { UnsafeRawPointer($0 + offset) }
                case .tensors: handles.baseAddress.map { UnsafeRawPointer($0 + offset) }
                case .text: text.baseAddress.map { UnsafeRawPointer($0 + offset) }
                }
            }
            return arguments.withUnsafeBufferPointer(body)
          }
        }
      }
    }
  }
}
