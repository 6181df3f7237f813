import Digests

/// A face and the words that are set in it.
///
/// All faces are under the SIL Open Font License.
struct TextFace {
  /// A description for Pango, such as "Lato Black".
  let name: String
  let script: String
  let package: String
  let words: [String]

  /// Pixels of an em.
  static let em = 56

  static let all: [TextFace] = latin + others

  private static let latin: [TextFace] = {
    let families: [(String, [String], String)] = [
      ("Lato", ["Light", "", "Bold", "Black", "Italic"], "fonts-lato"),
      ("Inter", ["Light", "", "Medium", "Bold", "Black"], "fonts-inter"),
      ("Comfortaa", ["Light", "", "Bold"], "fonts-comfortaa"),
      ("Lobster", [""], "fonts-lobster"), ("Dancing Script", ["", "Bold"], "fonts-dancingscript"),
      ("Bebas Neue", ["", "Bold"], "fonts-bebas-neue"),
      ("Quicksand", ["Light", "", "Medium", "Bold"], "fonts-quicksand"),
      ("Courier Prime", ["", "Bold", "Italic"], "fonts-courier-prime"),
      ("EB Garamond", ["", "Bold", "Italic"], "fonts-ebgaramond"),
      ("Vollkorn", ["", "Bold", "Black", "Italic"], "fonts-vollkorn"),
      ("Yanone Kaffeesatz", ["Light", "", "Bold"], "fonts-yanone-kaffeesatz"),
      ("Noto Sans", ["", "Bold"], "fonts-noto-core"),
      ("Noto Serif", ["", "Bold", "Italic"], "fonts-noto-core"),
      ("Noto Serif Display", ["", "Bold", "Black"], "fonts-noto-core"),
    ]
    return families.flatMap { family, styles, package in
      styles.map { style in
        let name = style.isEmpty ? family : "\(family) \(style)"
        return TextFace(
          name: name, script: "Latin", package: package, words: TextWords.latin(for: name))
      }
    }
  }()

  private static let others: [TextFace] = [
    ("Noto Sans", "Cyrillic", "fonts-noto-core", TextWords.cyrillic),
    ("Lato Bold", "Cyrillic", "fonts-lato", TextWords.cyrillic),
    ("Vollkorn Bold", "Cyrillic", "fonts-vollkorn", TextWords.cyrillic),
    ("Noto Serif", "Greek", "fonts-noto-core", TextWords.greek),
    ("Noto Sans Arabic", "Arabic", "fonts-noto-core", TextWords.arabic),
    ("Noto Sans Hebrew Bold", "Hebrew", "fonts-noto-core", TextWords.hebrew),
    ("Noto Sans Devanagari Bold", "Devanagari", "fonts-noto-core", TextWords.devanagari),
    ("Noto Sans Thai", "Thai", "fonts-noto-core", TextWords.thai),
    ("Noto Sans CJK SC Bold", "Han", "fonts-noto-cjk", TextWords.chinese),
    ("Noto Serif CJK SC", "Han", "fonts-noto-cjk", TextWords.chinese),
    ("Noto Sans CJK JP", "Japanese", "fonts-noto-cjk", TextWords.japanese),
    ("NanumGothic Bold", "Hangul", "fonts-nanum", TextWords.korean),
    ("NanumPen", "Hangul", "fonts-nanum", TextWords.korean),
  ].map { name, script, package, words in
    TextFace(name: name, script: script, package: package, words: words)
  }
}
