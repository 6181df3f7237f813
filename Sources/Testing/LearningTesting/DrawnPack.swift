import Assets
import ImageCodecs
import Raster

/// A pack of pictures that are drawn here: photographs, cut-outs, emoji, and words in faces of each split.
package enum DrawnPack {
  /// The bytes of the pack.
  package static func file() throws -> [UInt8] {
    var writer = AssetPackWriter()
    let source = writer.place(of: AssetSource(package: "drawn", licence: "public domain"))
    for split in AssetSplit.allCases {
      for number in 0..<4 {
        try writer.append(
          picture(width: 96, height: 64, seed: number) { _, _ in 255 },
          as: asset(.photo, split, "meadow", number, source), encoding: .losslessWebP)
        try writer.append(
          picture(width: 48, height: 56, seed: number + 9) { x, y in
            let distance = (x - 24) * (x - 24) + (y - 28) * (y - 28)
            return UInt8(max(0, min(255, (520 - distance) * 3)))
          }, as: asset(.object, split, "ball", number, source), encoding: .png)
        try writer.append(
          picture(width: 32, height: 32, seed: number + 30) { x, y in
            (4..<28).contains(x) && (4..<28).contains(y) ? 255 : 0
          }, as: asset(.emoji, split, "tile", number, source), encoding: .png)
        for text in ["Market\(number)", "garden\(number)"].map({
          $0.filter(\.isLetter) + "abcd".prefix(number)
        }) {
          var word = asset(.word, split, "Face", number / 2, source)
          word.name = text
          word.setting = Asset.Setting(
            text: text, face: word.family, script: "Latin", baseline: 16, em: 20)
          try writer.append(
            picture(width: 60, height: 20, seed: number) { x, y in
              x % 10 < 6 && (4..<16).contains(y) ? 255 : 0
            }, as: word, encoding: .png)
        }
      }
    }
    return try writer.file()
  }

  /// An asset whose family is of a split.
  private static func asset(
    _ kind: AssetKind, _ split: AssetSplit, _ name: String, _ number: Int, _ source: Int
  ) -> Asset {
    var found = 0
    for candidate in 0... {
      let asset = Asset(
        kind: kind, name: name, family: "\(name) \(candidate)", source: source,
        size: PixelSize(width: 1, height: 1))
      guard asset.split == split else { continue }
      if found == number { return asset }
      found += 1
    }
    preconditionFailure("the loop does not end")
  }

  private static func picture(
    width: Int, height: Int, seed: Int, alpha: (Int, Int) -> UInt8
  ) throws -> RasterImage {
    var image = try RasterImage(size: PixelSize(width: width, height: height))
    for y in 0..<height {
      for x in 0..<width {
        let value = alpha(x, y)
        guard value > 0 else { continue }
        image[x: x, y: y] = RGBAPixel(
          red: UInt8((x * 3 + seed * 40) % 256), green: UInt8((y * 4 + seed * 90) % 256),
          blue: UInt8((x + y + seed * 17) % 256), alpha: value)
      }
    }
    return image
  }
}
