import CTorch

/// Runs the body without recording gradients on this thread, as inference does.
package func withoutGradients<Result, Failure: Error>(
  _ body: () throws(Failure) -> Result
) throws(Failure) -> Result {
  let before = ctorch_set_gradients_enabled(false)
  defer { _ = ctorch_set_gradients_enabled(before) }
  return try body()
}

private enum Operators {
  static let detach = Operator("aten::detach")
}

extension Tensor {
  /// The same elements, with no memory of how they were made.
  package func detached() throws(TorchError) -> Tensor { try Operators.detach(.tensor(self)) }

  /// Whether operations on this tensor are recorded for ``gradients(of:withRespectTo:)``.
  package var requiresGradient: Bool { ctorch_requires_gradient(handle) }

  /// Asks for, or waives, the recording of operations on this tensor.
  package func setRequiresGradient(_ required: Bool = true) throws(TorchError) {
    try TorchError.check(ctorch_set_requires_gradient(handle, required), "requires_grad")
  }
}

/// The derivatives of a loss by each input.
///
/// - Parameters:
///   - loss: A tensor of one element.
///   - inputs: Tensors that ``Tensor/setRequiresGradient(_:)`` was called on.
/// - Returns: For each input a gradient of its shape, or nil where it took no part in the loss.
/// - Throws: ``TorchError`` where the loss has several elements or was not recorded.
package func gradients(
  of loss: Tensor, withRespectTo inputs: [Tensor]
) throws(TorchError) -> [Tensor?] {
  try gradients(of: [(loss, factor: nil)], withRespectTo: inputs)
}

/// The derivatives by each input of a sum of outputs, as one link of the chain rule.
///
/// - Parameters:
///   - outputs: Tensors and the derivatives of the loss by them, of their shapes; `nil` for the loss itself.
///   - inputs: Tensors that ``Tensor/setRequiresGradient(_:)`` was called on.
///   - keepsRecord: Whether further derivatives of the same outputs will be asked for.
/// - Returns: For each input a gradient of its shape, or nil where it took no part.
/// - Throws: ``TorchError`` where shapes differ or an output was not recorded.
package func gradients(
  of outputs: [(Tensor, factor: Tensor?)], withRespectTo inputs: [Tensor],
  keepingRecord keepsRecord: Bool = false
) throws(TorchError) -> [Tensor?] {
  var handles: [OpaquePointer?] = outputs.map(\.0.handle)
  var factors: [OpaquePointer?] = outputs.map { $0.factor?.handle }
  var inputHandles: [OpaquePointer?] = inputs.map(\.handle)
  var found = [OpaquePointer?](repeating: nil, count: inputs.count)
  let status = ctorch_gradients(
    &handles, &factors, Int64(outputs.count), &inputHandles, Int64(inputs.count), keepsRecord,
    &found)
  withExtendedLifetime((outputs, inputs)) {}
  try TorchError.check(status, "gradients")
  return found.map { $0.map(Tensor.init(owning:)) }
}
