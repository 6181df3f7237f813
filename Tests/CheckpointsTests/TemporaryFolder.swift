import FileTesting
import Foundation

/// A folder that exists while `body` runs.
func withTemporaryFolder<Result>(_ body: (String) throws -> Result) throws -> Result {
  let scratch = try ScratchFolder()
  return try withExtendedLifetime(scratch) { try body(scratch.path) }
}

extension FileManager {
  /// The files below a folder, by their paths inside it, sorted.
  func files(below folder: String) -> [String] {
    let root = URL(fileURLWithPath: folder).standardizedFileURL.path + "/"
    return (enumerator(atPath: folder)?.compactMap { $0 as? String } ?? [])
      .filter { path in
        var isFolder: ObjCBool = false
        return fileExists(atPath: root + path, isDirectory: &isFolder) && !isFolder.boolValue
      }
      .sorted()
  }
}
