import ArgumentParser
import Checkpoints
import Glibc
import LayerDecomposition
import TextEncoder

extension CaptionLanguage: ExpressibleByArgument {}
extension DecompositionOptions.Precision: ExpressibleByArgument {}
extension DecompositionOptions.ComputeDevice: ExpressibleByArgument {}

/// Which model, where, and in which type: what every command that runs networks takes.
struct ModelOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The model's folder, of the official layout; the one that came with the program unless given.",
      valueName: "dir"))
  var model: String?

  @Option(
    help:
      "The type in which the networks compute: bfloat16, float32, or int8 for the largest products and bfloat16 for the rest."
  )
  var precision: DecompositionOptions.Precision = .bfloat16

  @Option(help: "Where the networks compute: cpu, cuda or mps.")
  var device: DecompositionOptions.ComputeDevice = .cpu

  /// The model's folder.
  ///
  /// - Throws: `ValidationError` where none was given and none came with the program.
  func folder() throws -> String {
    if let model { return model }
    guard let found = ShippedModel.folder else {
      throw ValidationError("no model came with this program: give one with --model")
    }
    return found
  }

  /// How the model is best used.
  func preferences() throws -> ModelPreferences {
    try CheckpointFolder(path: folder()).index.preferences
  }
}

/// The model that comes with the program.
enum ShippedModel {
  /// `Models/small` in the package that the program was built in, or `share/layered/small` beside its `bin`.
  static var folder: String? {
    guard let program = realpath("/proc/self/exe", nil) else { return nil }
    defer { free(program) }
    var place = String(cString: program)
    while let slash = place.lastIndex(of: "/"), slash > place.startIndex {
      place = String(place[..<slash])
      for name in ["Models/small", "share/layered/small"]
      where access("\(place)/\(name)/model_index.json", R_OK) == 0 {
        return "\(place)/\(name)"
      }
    }
    return nil
  }
}

extension AdapterFile: ExpressibleByArgument {
  /// The number after the last colon is the weight; a name that ends so is given as `name:1`.
  public init?(argument: String) {
    self.init(path: argument)
    if let colon = argument.lastIndex(of: ":"),
      let weight = Double(argument[argument.index(after: colon)...])
    {
      guard weight.isFinite else { return nil }
      self.init(path: String(argument[..<colon]), weight: weight)
    }
    if path.isEmpty { return nil }
  }
}
