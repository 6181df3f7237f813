import CTorch

/// Runs the body without recording gradients on this thread, as inference does.
package func withoutGradients<Result, Failure: Error>(
  _ body: () throws(Failure) -> Result
) throws(Failure) -> Result {
  let before = ctorch_set_gradients_enabled(false)
  defer { _ = ctorch_set_gradients_enabled(before) }
  return try body()
}

extension Tensor {
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
  var outputs: [OpaquePointer?] = [loss.handle]
  var handles: [OpaquePointer?] = inputs.map(\.handle)
  var found = [OpaquePointer?](repeating: nil, count: inputs.count)
  let status = ctorch_gradients(&outputs, 1, &handles, Int64(inputs.count), &found)
  withExtendedLifetime((loss, inputs)) {}
  try TorchError.check(status, "gradients")
  return found.map { $0.map(Tensor.init(owning:)) }
}
