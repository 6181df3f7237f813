import Assets
import Raster

/// The assets of one split, sorted by use.
struct AssetChoice: Sendable {
  let pack: AssetPack
  let photos: [Int]
  let objects: [Int]
  let emoji: [Int]
  /// Faces in a fixed order, each with the places of its words.
  let faces: [Face]

  /// A face that has words for headings and for lines.
  struct Face: Sendable {
    let name: String
    let script: String
    /// Words that begin with a capital, or belong to a script without capitals.
    let headings: [Int]
    /// Words in capitals alone.
    let capitals: [Int]
    let words: [Int]

    var isRightToLeft: Bool { ["Arabic", "Hebrew"].contains(script) }
    var isLatin: Bool { script == "Latin" }
  }

  init(_ pack: AssetPack, split: AssetSplit) {
    self.pack = pack
    var (photos, objects, emoji): ([Int], [Int], [Int]) = ([], [], [])
    var names: [String: [Int]] = [:]
    for (place, asset) in pack.assets.enumerated() where asset.split == split {
      switch asset.kind {
      case .photo: photos.append(place)
      case .object: objects.append(place)
      case .emoji: emoji.append(place)
      case .word:
        if let setting = asset.setting {
          names["\(setting.script)\n\(setting.face)", default: []].append(place)
        }
      }
    }
    (self.photos, self.objects, self.emoji) = (photos, objects, emoji)
    faces = names.sorted { $0.key < $1.key }.compactMap { _, places in
      guard let setting = pack.assets[places[0]].setting else { return nil }
      let isLatin = setting.script == "Latin"
      func name(_ place: Int) -> String { pack.assets[place].name }
      let plain = places.filter { place in !name(place).contains { $0.isNumber } }
      let capitals = plain.filter {
        isLatin && name($0).count > 1 && name($0) == name($0).uppercased()
      }
      let words = plain.filter { !isLatin || name($0).first?.isLowercase == true }
      let headings = plain.filter { place in
        !isLatin || (name(place).first?.isUppercase == true && !capitals.contains(place))
      }
      return Face(
        name: setting.face, script: setting.script,
        headings: headings.isEmpty ? places : headings, capitals: capitals,
        words: words.isEmpty ? places : words)
    }
  }
}
