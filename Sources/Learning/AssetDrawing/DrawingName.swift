/// What the path of a clip art says of it: folders are themes, file names end in the names of their authors.
struct DrawingName {
  /// Words for a caption.
  let words: String
  /// Files of one family are variants of each other.
  let family: String
  /// Whether pictures of that theme look well in a design.
  let isWanted: Bool

  /// Reads a path such as "animals/dog_anne_smith_01.svg".
  init(path: String) {
    let parts = path.split(separator: "/").map(String.init)
    let theme = parts.first ?? ""
    let stem = (parts.last ?? "").dropLast(4)
    var pieces = stem.split { "_-. ".contains($0) }.map { $0.lowercased() }
    pieces.removeAll { piece in piece.allSatisfy { $0.isNumber } }
    // Authors stand behind the title; two or three words are enough of a title.
    let kept = pieces.prefix { piece in piece.contains(where: \.isLetter) }.prefix(2)
      .map { String($0.filter { $0.isLetter }) }
    words = kept.isEmpty ? "\(theme) drawing" : kept.joined(separator: " ")
    family = "\(parts.dropLast().joined(separator: "/"))/\(kept.first ?? "")"
    isWanted =
      !["logos", "signs_and_symbols", "unsorted", "special", "shapes", "computer", "geography"]
      .contains(theme)
      && !["flag", "gun", "rifle", "weapon", "skull"].contains { path.contains($0) }
  }
}
