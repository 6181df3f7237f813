import Safetensors
import Torch
import Weights

/// Tensors that the reference made, in a fixture that a script under Tools/golden wrote.
package struct Golden {
  private let file: SafetensorsFile

  /// Opens a fixture by its path.
  ///
  /// - Parameter path: Of a safetensors file.
  /// - Throws: ``SafetensorsError`` where it is missing or malformed.
  package init(path: String) throws { file = try SafetensorsFile(path: path) }

  /// The fixture `name`.safetensors beside the test file that asks for it.
  package init(_ name: String, beside testFile: String = #filePath) throws {
    let folder = testFile.prefix(upTo: testFile.lastIndex(of: "/") ?? testFile.startIndex)
    try self.init(path: "\(folder)/Fixtures/\(name).safetensors")
  }

  /// The texts that the script left beside the tensors.
  package var metadata: [String: String] { file.metadata }

  package var names: [String] { file.entries.map(\.name) }

  package subscript(_ name: String) -> Tensor {
    get throws {
      guard let entry = file.entry(named: name) else {
        throw SafetensorsError(.noSuchTensor(name), in: file.path)
      }
      return try Tensor(entry, of: file.bytes(of: name), in: file.path)
    }
  }
}
