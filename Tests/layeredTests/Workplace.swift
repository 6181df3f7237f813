import Checkpoints
import FileTesting
import Foundation
import ImageCodecs
import Raster
import Testing

/// A scratch folder with a picture in it, the program, and a tiny checkpoint that all tests share.
struct Workplace {
  /// Written once for all tests.
  private static let checkpoint = Result {
    let folder = try ScratchFolder()
    try RandomCheckpoint(.tiny, seed: 1).write(to: folder["tiny"])
    // What lives as long as the process is never released.
    atexit { Workplace.removeCheckpoint() }
    return folder
  }

  private static func removeCheckpoint() {
    if let folder = try? checkpoint.get() { try? folder.remove("") }
  }

  let folder: ScratchFolder
  let program: Program
  /// The path of the shared checkpoint, which no test may change.
  let model: String

  init() throws {
    folder = try ScratchFolder()
    program = try Program()
    model = try Self.checkpoint.get()["tiny"]
    try folder.write(Self.picture(width: 80, height: 60).encoded(as: .png), to: "picture.png")
  }

  /// A picture in which no two neighbours are the same.
  static func picture(width: Int, height: Int) throws -> RasterImage {
    let size = PixelSize(width: width, height: height)
    var pixels: [UInt8] = []
    for y in 0..<height {
      for x in 0..<width {
        pixels += [UInt8(x * 3 % 256), UInt8(y * 4 % 256), UInt8((x + y) % 256), 255]
      }
    }
    return try RasterImage(size: size, pixels: pixels)
  }

  /// The arguments of a run that takes well under a second.
  func arguments(
    _ more: String..., of pictures: [String] = ["picture.png"], output: String = "out",
    model: String? = nil
  ) -> [String] {
    ["decompose"] + pictures + [
      "-o", output, "--model", model ?? self.model, "--resolution", "64", "--layers", "2",
      "--steps", "1", "--prompt", "a picture",
    ] + more
  }

  func run(
    _ arguments: [String], shell: String = "true", redirection: String = "",
    environment: [String]? = nil
  ) throws -> Program.Outcome {
    try program(
      arguments, in: folder.path, shell: shell, redirection: redirection, environment: environment)
  }

  /// A copy of the checkpoint that a test may break.
  func ownModel() throws -> String {
    try FileManager.default.copyItem(atPath: model, toPath: folder["model"])
    return folder["model"]
  }

  /// What is in the folder besides what a test put there itself: results, and outputs in the making.
  func leftovers(besides names: String...) throws -> [String] {
    try folder.names.filter { $0 != "picture.png" && !names.contains($0) }
  }
}

/// Expects that a run was refused with a code and one line on standard error, and left nothing behind.
func expectRefusal(
  _ outcome: Program.Outcome, _ code: Int32, naming words: String...,
  sourceLocation: SourceLocation = #_sourceLocation
) {
  #expect(!outcome.isOverdue, sourceLocation: sourceLocation)
  #expect(outcome.code == code, "\(outcome.errors)", sourceLocation: sourceLocation)
  #expect(outcome.signal == nil, sourceLocation: sourceLocation)
  #expect(outcome.output.isEmpty, sourceLocation: sourceLocation)
  #expect(outcome.errorLines.count == 1, "\(outcome.errors)", sourceLocation: sourceLocation)
  #expect(outcome.errors.hasPrefix("layered: "), sourceLocation: sourceLocation)
  for word in words where !word.isEmpty {
    #expect(outcome.errors.contains(word), "\(outcome.errors)", sourceLocation: sourceLocation)
  }
}
