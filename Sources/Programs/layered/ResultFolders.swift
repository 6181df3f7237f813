import AtomicFiles
import FoundationEssentials
import Glibc
import ImageCodecs
import LayerDecomposition
import Raster

/// The folders that receive the results: one for one picture, one inside for each of several.
struct ResultFolders: Sendable {
  /// What `layers.json` says of the run besides the layers.
  struct Run: Sendable {
    let model: String
    let seed: UInt64
    let steps: Int
  }

  private let paths: [String]
  /// The folder for the results of several pictures.
  private let parent: String?
  private let pictures: [String]
  private let isOverwriting: Bool
  private let run: Run

  /// Checks before the work that the results can be written.
  ///
  /// - Throws: `OutputError` where an earlier result is in the way or nothing can be created there.
  init(at output: String, pictures: [String], isOverwriting: Bool, run: Run) throws(OutputError) {
    self.pictures = pictures
    self.isOverwriting = isOverwriting
    self.run = run
    parent = pictures.count == 1 ? nil : output
    paths = pictures.count == 1 ? [output] : Self.names(of: pictures).map { "\(output)/\($0)" }
    let isNew = try makeParent()
    // It appears with the first result.
    defer { if isNew { rmdir(output) } }
    for path in paths {
      if !isOverwriting, access("\(path)/layers.json", F_OK) == 0 {
        throw OutputError(.alreadyExists, at: "\(path)/layers.json")
      }
      // Begun and dropped: what cannot be created is found now and not after an hour of work.
      let trial = try AtomicFolder(at: path, overwriting: isOverwriting)
      try trial.write([], named: "layers.json")
      trial.discard()
    }
  }

  /// Makes the folder for all results; it stays when a later picture fails, with the results so far.
  ///
  /// - Returns: Whether it was not there before.
  @discardableResult
  private func makeParent() throws(OutputError) -> Bool {
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

  /// Writes one result; its files appear together.
  ///
  /// - Returns: The folder's path.
  /// - Throws: `OutputError`, `CancellationError` before anything has appeared.
  func write(_ result: Decomposition, at index: Int) throws -> String {
    let path = paths[index]
    try makeParent()
    let folder = try AtomicFolder(at: path, overwriting: isOverwriting)
    var layers: [LayersFile.Layer] = []
    for (number, layer) in result.stack.layers.enumerated() {
      try Task.checkCancellation()
      let file = Self.layerFile(number)
      try folder.write(layer.encoded(as: .png), named: file)
      layers.append(LayersFile.Layer(number, file: file, of: layer))
    }
    try folder.write(result.stack.composite().encoded(as: .png), named: "composite.png")
    let description = LayersFile(
      canvas: .init(width: result.stack.canvas.width, height: result.stack.canvas.height),
      layers: layers, source: pictures[index], model: run.model, seed: run.seed, steps: run.steps,
      prompt: result.prompt, recomposition: .init(result.recomposition))
    try folder.write(description.encoded(), named: "layers.json")
    try Task.checkCancellation()
    try folder.commit()
    if isOverwriting { removeLayers(from: layers.count, in: path) }
    return path
  }

  private static func layerFile(_ number: Int) -> String {
    "layer-\(number < 10 ? "0" : "")\(number).png"
  }

  /// Layers of an earlier result that had more of them.
  private func removeLayers(from count: Int, in path: String) {
    var number = count
    while unlink("\(path)/\(Self.layerFile(number))") == 0 { number += 1 }
  }
}

/// `layers.json`, which describes a folder of layers.
struct LayersFile: Encodable {
  struct Size: Encodable {
    let width: Int
    let height: Int
  }

  struct Box: Encodable {
    let x: Int
    let y: Int
    let width: Int
    let height: Int
  }

  struct Layer: Encodable {
    /// 0 is the bottom.
    let index: Int
    let file: String
    let name: String
    /// Of the pixels that are not fully transparent; empty where all are.
    let boundingBox: Box
    let opacity: Double
    let blendMode: String
    let visible: Bool

    init(_ index: Int, file: String, of image: RasterImage) {
      self.index = index
      self.file = file
      name = "Layer \(index + 1)"
      let box = image.boundingBox
      boundingBox = Box(
        x: box?.x ?? 0, y: box?.y ?? 0, width: box?.width ?? 0, height: box?.height ?? 0)
      opacity = 1
      blendMode = "normal"
      visible = true
    }
  }

  struct RecompositionFigures: Encodable {
    /// In dB; null where the layers give the picture back exactly.
    let psnr: Double?
    let maximumError: Int

    init(_ recomposition: Recomposition) {
      psnr = recomposition.psnr.isFinite ? recomposition.psnr : nil
      maximumError = recomposition.maximumError
    }

    private enum CodingKeys: CodingKey { case psnr, maximumError }

    func encode(to encoder: any Encoder) throws {
      var values = encoder.container(keyedBy: CodingKeys.self)
      // Written out as null: readers rely on the key.
      try values.encode(psnr, forKey: .psnr)
      try values.encode(maximumError, forKey: .maximumError)
    }
  }

  let canvas: Size
  let layers: [Layer]
  let source: String
  let model: String
  let seed: UInt64
  let steps: Int
  let prompt: String
  let recomposition: RecompositionFigures

  func encoded() throws -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return Array(try encoder.encode(self)) + [0x0A]
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
