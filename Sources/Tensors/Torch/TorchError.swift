import CTorch

/// What can go wrong when libtorch is asked for something.
package enum TorchError: Error, Hashable, Sendable, CustomStringConvertible {
  /// An operator refused its arguments or failed; the text is libtorch's, its first line.
  case operatorFailed(name: String, reason: String)
  /// Memory for a result could not be had. Models stay usable.
  case outOfMemory(operation: String)
  /// A device was asked for that this machine or this libtorch does not have.
  case deviceUnavailable(Device, reason: String)
  /// A tensor has another shape than the caller needs.
  case unexpectedShape(what: String, expected: [Int], found: [Int])

  package var description: String {
    switch self {
    case .operatorFailed(let name, let reason): "\(name): \(reason)"
    case .outOfMemory(let operation): "out of memory in \(operation)"
    case .deviceUnavailable(let device, let reason):
      "device '\(device)' is not available: \(reason)"
    case .unexpectedShape(let what, let expected, let found):
      "\(what): expected shape \(expected), found \(found)"
    }
  }

  /// Throws what libtorch said if `status` is a failure.
  static func check(_ status: CTorchStatus, _ operation: @autoclosure () -> String)
    throws(TorchError)
  {
    switch status {
    case CTORCH_OK: return
    case CTORCH_OUT_OF_MEMORY: throw .outOfMemory(operation: operation())
    default:
      let text = String(cString: ctorch_last_error())
      let line = text.prefix { $0 != "\n" }
      throw .operatorFailed(name: operation(), reason: String(line))
    }
  }
}
