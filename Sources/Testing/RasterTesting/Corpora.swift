/// The real pictures and documents beside the project, which tests read in place.
package enum Corpora {
  /// The folder `../shared/corpora` from the package's root; it need not exist.
  package static let path = "\(packageRoot)/../shared/corpora"

  private static let packageRoot = #filePath.split(separator: "/").dropLast(4)
    .reduce(into: "") { path, folder in path += "/\(folder)" }
}
