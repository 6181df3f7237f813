import OneLine

/// Why no pack of assets can be made.
package enum AssetBuildError: Error, Hashable, Sendable {
  case missingLibrary(String)
  /// No sources are at that place.
  case missingSources(String)
  /// Pictures of a kind are missing in the sources.
  case nothing(of: String)
}

extension AssetBuildError {
  /// Whether the sources are not there.
  package var isUnopenable: Bool {
    switch self {
    case .missingSources, .nothing: true
    case .missingLibrary: false
    }
  }
}

extension AssetBuildError: CustomStringConvertible {
  /// One line.
  package var description: String {
    switch self {
    case .missingLibrary(let name):
      "\(name) cannot be opened; install librsvg2-2 and libpangocairo-1.0-0"
    case .missingSources(let path):
      onOneLine("\(path): no such folder; make assets puts the sources there")
    case .nothing(let kind): "the sources hold no \(kind)"
    }
  }
}
