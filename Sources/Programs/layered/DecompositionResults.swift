import AtomicFiles
import DocumentFormats
import Glibc
import LayerDecomposition
import LayerFiles
import Raster

/// The places that receive the results: one for one picture, one in a folder for each of several.
struct DecompositionResults: Sendable {
  /// What `layers.json` says of the run besides the layers.
  struct Run: Sendable {
    let model: String
    let seed: UInt64
    let steps: Int
  }

  private let destinations: [DocumentDestination]
  /// The folder for the results of several pictures.
  private let parent: String?
  private let pictures: [String]
  private let run: Run

  /// The format of a result at `output`; what has no ending that is known is a folder.
  static func format(at output: String) -> DocumentFormat {
    let named = DocumentFormat(extensionOf: output)
    return named.flatMap { DocumentFormat.written.contains($0) ? $0 : nil } ?? .folder
  }

  /// Checks before the work that the results can be written.
  ///
  /// - Throws: `OutputError` where an earlier result is in the way or nothing can be created there.
  init(at output: String, pictures: [String], isOverwriting: Bool, run: Run) throws(OutputError) {
    self.pictures = pictures
    self.run = run
    let isAlone = pictures.count == 1
    parent = isAlone ? nil : output
    let isNew = try Self.make(parent)
    // It appears with the first result.
    defer { if isNew { rmdir(output) } }
    let paths = isAlone ? [output] : Self.names(of: pictures).map { "\(output)/\($0)" }
    let format = isAlone ? Self.format(at: output) : .folder
    var destinations: [DocumentDestination] = []
    for path in paths {
      destinations.append(
        try DocumentDestination(path, as: format, overwriting: isOverwriting))
    }
    self.destinations = destinations
  }

  /// Makes the folder for all results; it stays when a later picture fails, with the results so far.
  ///
  /// - Returns: Whether it was not there before.
  @discardableResult
  private static func make(_ parent: String?) throws(OutputError) -> Bool {
    guard let parent else { return false }
    if mkdir(parent, 0o777) == 0 { return true }
    guard errno == EEXIST else {
      throw OutputError(.cannotCreate(operation: "make folder", errno: errno), at: parent)
    }
    return false
  }

  /// A folder's name for each picture: its file's name without extension, numbered where two are the same.
  private static func names(of pictures: [String]) -> [String] {
    var taken: Set<String> = []
    return pictures.map { path in
      let file = path.split(separator: "/").last.map(String.init) ?? "picture"
      let stem = file.lastIndex(of: ".").map { String(file[..<$0]) } ?? file
      let name = stem.isEmpty || stem == "." || stem == ".." ? "picture" : stem
      var unique = name
      var number = 2
      while !taken.insert(unique).inserted {
        unique = "\(name)-\(number)"
        number += 1
      }
      return unique
    }
  }

  /// Writes one result, which appears as a whole.
  ///
  /// - Returns: The path, and what the format could not hold.
  /// - Throws: `OutputError`, `UnwritableDocument`, `CancellationError` before anything has appeared.
  func write(
    _ result: Decomposition, at index: Int
  ) throws -> (path: String, warnings: [String]) {
    try Self.make(parent)
    let destination = destinations[index]
    let warnings = try destination.write(
      result.stack,
      of: DecompositionRun(
        source: pictures[index], model: run.model, seed: run.seed, steps: run.steps,
        prompt: result.prompt, recomposition: .init(result.recomposition)))
    return (destination.path, warnings)
  }
}

/// How well the layers give the picture back, for people.
struct RecompositionText: CustomStringConvertible {
  private let recomposition: Recomposition

  init(_ recomposition: Recomposition) { self.recomposition = recomposition }

  var description: String {
    guard recomposition.psnr.isFinite else { return "recomposed exactly" }
    let tenths = (recomposition.psnr * 10).rounded() / 10
    return "recomposed with \(tenths) dB, maximum error \(recomposition.maximumError)"
  }
}
