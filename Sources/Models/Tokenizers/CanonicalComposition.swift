import Foundation

/// Unicode normalisation form C in linear time.
///
/// The standard library does most of it. Prepared for it here is what it does slowly or not as
/// the Unicode Standard says: it sorts a run of combining marks in time quadratic in its length, does
/// not sort the marks of which three Tibetan vowel signs consist, and takes U+1176 and U+11A7
/// for parts of modern Hangul syllables.
enum CanonicalComposition {
  /// Up to this many combining marks in a row are left to the standard library.
  private static let longestUnsortedRun = 32

  /// - Parameter text: Valid UTF-8.
  /// - Returns: The text in normalisation form C.
  static func compose(_ text: ArraySlice<UInt8>) -> [UInt8] {
    // Nothing below U+0300 composes with what is below U+0300, nor decomposes in form C.
    guard text.contains(where: { $0 >= 0xCC }) else { return Array(text) }
    let string = String(decoding: text, as: UTF8.self)
    guard needsPreparation(string) else {
      return Array(string.precomposedStringWithCanonicalMapping.utf8)
    }
    return decomposedPieces(string).flatMap {
      Array(String($0).precomposedStringWithCanonicalMapping.utf8)
    }
  }

  private static func needsPreparation(_ text: String) -> Bool {
    var runLength = 0
    for scalar in text.unicodeScalars {
      runLength = scalar.isReordered ? runLength + 1 : 0
      if runLength > longestUnsortedRun || scalar.isTibetanSignOfMarks || scalar.isJamoByMistake {
        return true
      }
    }
    return false
  }

  /// Normalisation form D, each run of marks sorted stably by class, cut where the standard
  /// library would compose by mistake.
  private static func decomposedPieces(_ text: String) -> [String.UnicodeScalarView] {
    var pieces: [String.UnicodeScalarView] = []
    var piece = String.UnicodeScalarView()
    var marks: [(offset: Int, scalar: Unicode.Scalar)] = []
    func flush() {
      marks.sort {
        ($0.scalar.combiningClass, $0.offset) < ($1.scalar.combiningClass, $1.offset)
      }
      piece.append(contentsOf: marks.lazy.map(\.scalar))
      marks.removeAll(keepingCapacity: true)
    }
    for scalar in text.unicodeScalars {
      for part in String(scalar).decomposedStringWithCanonicalMapping.unicodeScalars {
        guard !part.isReordered else {
          marks.append((marks.count, part))
          continue
        }
        flush()
        if part.isJamoByMistake {
          pieces.append(piece)
          piece = String.UnicodeScalarView()
        }
        piece.append(part)
      }
    }
    flush()
    return pieces + [piece]
  }
}

extension Unicode.Scalar {
  fileprivate var combiningClass: UInt8 { properties.canonicalCombiningClass.rawValue }

  /// Whether normalisation may move this scalar past its neighbours.
  fileprivate var isReordered: Bool { value >= 0x300 && combiningClass != 0 }

  /// Of class 0 themselves, yet nothing but marks once decomposed.
  fileprivate var isTibetanSignOfMarks: Bool { [0xF73, 0xF75, 0xF81].contains(value) }

  /// One behind the last vowel and one before the first final consonant of modern syllables.
  fileprivate var isJamoByMistake: Bool { value == 0x1176 || value == 0x11A7 }
}
