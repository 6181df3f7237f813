import Checkpoints
import Foundation
import Safetensors

/// A folder of the tiny preset to be damaged, while `body` runs.
struct TinyModel {
  let path: String

  static func with<Result>(
    maximumShardByteCount: Int = .max, _ body: (TinyModel) throws -> Result
  ) throws -> Result {
    try withTemporaryFolder { scratch in
      let path = scratch + "/model"
      try RandomCheckpoint(.tiny).write(to: path, maximumShardByteCount: maximumShardByteCount)
      return try body(TinyModel(path: path))
    }
  }

  func open() throws { _ = try CheckpointFolder(path: path).openPipeline() }

  /// The one line that opening ends with; empty where it succeeds.
  func complaint() -> String {
    do {
      try open()
      return ""
    } catch {
      return "\(error)".replacingOccurrences(of: path, with: "MODEL")
    }
  }

  func url(_ file: String) -> URL { URL(fileURLWithPath: "\(path)/\(file)") }

  func write(_ text: String, to file: String) throws {
    try Data(text.utf8).write(to: url(file))
  }

  func remove(_ file: String) throws { try FileManager.default.removeItem(at: url(file)) }

  /// Sets keys of a JSON file; nil removes one.
  func edit(_ file: String, _ changes: [String: Any?]) throws {
    var values =
      try JSONSerialization.jsonObject(with: Data(contentsOf: url(file))) as? [String: Any]
    for (key, value) in changes { values?[key] = value }
    try JSONSerialization.data(withJSONObject: values ?? [:]).write(to: url(file))
  }

  /// Replaces the weights of a file by zeros of other shapes.
  func rewrite(_ file: String, _ tensors: [(key: String, shape: [Int])]) throws {
    let writer = try SafetensorsWriter(
      path: url(file).path, overwriting: true,
      tensors.map { TensorDeclaration(name: $0.key, dtype: .bfloat16, shape: $0.shape) })
    for (key, shape) in tensors {
      try writer.write([UInt8](repeating: 0, count: 2 * shape.reduce(1, *)), of: key)
    }
    try writer.commit()
  }

  /// The tensors of a component's only file.
  func tensors(_ file: String) throws -> [(key: String, shape: [Int])] {
    try SafetensorsFile(path: url(file).path).entries.map { ($0.name, $0.shape) }
  }
}
