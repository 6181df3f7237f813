import Foundation

/// A folder that exists while `body` runs.
func withTemporaryFolder<Result>(_ body: (String) throws -> Result) throws -> Result {
  let folder = FileManager.default.temporaryDirectory
    .appendingPathComponent("checkpoints-tests-\(UUID().uuidString)").path
  try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(atPath: folder) }
  return try body(folder)
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
