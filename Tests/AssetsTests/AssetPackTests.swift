import Assets
import LearningTesting
import Testing

@Test func packGivesBackItsPictures() throws {
  let pack = try AssetPack(try DrawnPack.file(), named: "drawn.pack")
  #expect(pack.assets.count == 60)
  for (place, asset) in pack.assets.enumerated() {
    let image = try pack.picture(at: place)
    #expect(image.size == asset.size)
    #expect(image.boundingBox != nil)
  }
  try pack.verify()
}

@Test func equalPicturesGiveEqualPacks() throws {
  #expect(try DrawnPack.file() == DrawnPack.file())
}

@Test func splitsShareNoFamily() throws {
  let pack = try AssetPack(try DrawnPack.file(), named: "drawn.pack")
  var splits: [String: Set<AssetSplit>] = [:]
  for asset in pack.assets {
    splits["\(asset.kind) \(asset.family)", default: []].insert(asset.split)
  }
  #expect(splits.values.allSatisfy { $0.count == 1 })
  #expect(Set(pack.assets.map(\.split)) == Set(AssetSplit.allCases))
}

@Test func foreignFileIsNoPack() {
  #expect {
    try AssetPack(Array("PK\u{3}\u{4} something else".utf8), named: "a.pack")
  } throws: {
    "\($0)" == "a.pack at byte 0: signature: this is no pack of assets"
  }
}

@Test func everyTruncationIsRefused() throws {
  let bytes = try DrawnPack.file()
  for length in [0, 7, 8, 15, 16, 40, bytes.count / 2, bytes.count - 1] {
    #expect(throws: AssetPackError.self, "\(length) bytes") {
      try AssetPack(Array(bytes.prefix(length)), named: "a.pack")
    }
  }
}

@Test func impossibleIndexLengthNamesItsOffset() throws {
  var bytes = try DrawnPack.file()
  for place in 8..<16 { bytes[place] = 0xFF }
  #expect {
    try AssetPack(bytes, named: "a.pack")
  } throws: {
    "\($0)" == "a.pack at byte 8: index length: the file ends too early"
  }
}

@Test(arguments: [
  ("\"width\":96", "\"width\":-9"), ("\"source\":0", "\"source\":7"),
  ("\"kind\":\"photo\"", "\"kind\":\"phot0\""), ("\"em\":20", "\"em\":02"),
  ("\"offset\":0", "\"offset\":9"), ("\"version\":1", "\"version\":2"),
]) func brokenFieldIsNamed(text: String, replacement: String) throws {
  var bytes = try DrawnPack.file()
  let wanted = Array(text.utf8)
  let place = try #require(
    bytes.indices.first { bytes[$0...].prefix(wanted.count).elementsEqual(wanted) })
  bytes.replaceSubrange(place..<place + wanted.count, with: replacement.utf8)
  #expect {
    try AssetPack(bytes, named: "a.pack")
  } throws: {
    "\($0)".hasPrefix("a.pack at byte 16: index: ")
  }
}

@Test func damagedPictureNamesAssetAndOffset() throws {
  var bytes = try DrawnPack.file()
  bytes[bytes.count - 20] ^= 0x55
  let pack = try AssetPack(bytes, named: "a.pack")
  let last = pack.assets.count - 1
  #expect {
    try pack.picture(at: last)
  } throws: {
    let text = "\($0)"
    return text.hasPrefix("a.pack: asset 'gardenabc' at byte ") && text.contains("damaged")
  }
}
