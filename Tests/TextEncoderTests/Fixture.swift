import Foundation
import Raster
import TextEncoder

/// The path of a file beside these tests that a script under Tools/golden wrote.
func fixturePath(_ name: String, beside testFile: String = #filePath) -> String {
  let folder = testFile.prefix(upTo: testFile.lastIndex(of: "/") ?? testFile.startIndex)
  return "\(folder)/Fixtures/\(name)"
}

/// A configuration that is read from a file with this text.
func configuration(_ text: String) throws -> Qwen25VLConfiguration {
  let path = FileManager.default.temporaryDirectory.appending(path: "layered-\(UUID()).json")
  try Data(text.utf8).write(to: path)
  defer { try? FileManager.default.removeItem(at: path) }
  return try Qwen25VLConfiguration(path: path.path())
}

/// The configuration of the generation fixture with some of its text replaced.
func configuration(replacing replacements: [String: String]) throws -> Qwen25VLConfiguration {
  var text = try String(contentsOfFile: fixturePath("generation.json"), encoding: .utf8)
  for (old, new) in replacements { text = text.replacing(old, with: new) }
  return try configuration(text)
}

/// The picture that the script under Tools/golden makes by the same formula.
func picture(width: Int, height: Int) throws -> RasterImage {
  let pixels = (0..<width * height * 4).map { index in
    UInt8(truncatingIfNeeded: (index * index * 31 + index * 17) >> 4)
  }
  return try RasterImage(size: PixelSize(width: width, height: height), pixels: pixels)
}
