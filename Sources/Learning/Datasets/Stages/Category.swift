/// What sort of picture a document is, by the words in its name and in those of its layers.
///
/// The five of the paper's figure. Words are all that is known without a model; most documents are "other".
package enum Category: String, CaseIterable, Sendable {
  case poster, ui, illustration, rendering, other

  /// The first category of which a word occurs; the document's name counts before those of layers.
  package init(path: String, layerNames: [String]) {
    let words = [path] + layerNames
    for text in words {
      let found = Set(text.lowercased().split { !$0.isLetter && !$0.isNumber }.map(String.init))
      if let match = Self.keywords.first(where: { !found.isDisjoint(with: $0.words) }) {
        self = match.category
        return
      }
    }
    self = .other
  }

  private static let keywords: [(category: Category, words: Set<String>)] = [
    (.poster, ["poster", "flyer", "banner", "cover", "brochure", "card", "ad", "advert", "sale"]),
    (
      .ui,
      [
        "ui", "app", "button", "buttons", "icon", "icons", "menu", "screen", "mobile", "web",
        "website", "navbar", "toolbar", "sidebar",
      ]
    ),
    (.illustration, ["illustration", "sketch", "lineart", "painting", "drawing", "character"]),
    (.rendering, ["render", "rendering", "3d", "mockup"]),
  ]
}
