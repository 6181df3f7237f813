import OneLine

/// Why a dataset cannot be built or merged.
package enum DatasetError: Error, Hashable, Sendable {
  /// Another process works on the output.
  case inUse(String)
  /// The output was begun, or made, with another configuration or version.
  case otherConfiguration(String)
  /// The manifest of a part is missing or malformed.
  case badManifest(String, String)
  /// Two parts were not made alike.
  case partsDiffer(String, String)
  /// The parts do not make a whole.
  case incompleteParts(String)
  /// The program could not be started again for a file.
  case cannotStart(String)
  /// A worker could not write what it found out.
  case workerFailed(path: String, code: Int32)
  /// A worker was asked for something that is no item.
  case badRequest
  /// A sample that a worker made is gone.
  case lostSample(String)
}

extension DatasetError: CustomStringConvertible {
  /// One line.
  package var description: String {
    switch self {
    case .inUse(let path): onOneLine("\(path): another process works on this dataset")
    case .otherConfiguration(let path):
      onOneLine(
        "\(path): begun with another configuration, captioner or version; "
          + "choose another folder, or --restart")
    case .badManifest(let path, let reason): onOneLine("\(path): \(reason)")
    case .partsDiffer(let one, let two):
      onOneLine("\(two): made with another configuration, captioner or version than \(one)")
    case .incompleteParts(let reason): onOneLine("the parts do not make a whole: \(reason)")
    case .cannotStart(let reason): "no worker can be started: \(reason)"
    case .workerFailed(let path, let code):
      onOneLine("\(path): the worker could not write its result (exit code \(code))")
    case .badRequest: "standard input holds something that is no file to work on"
    case .lostSample(let path): onOneLine("\(path): its sample is gone from the work folder")
    }
  }
}
