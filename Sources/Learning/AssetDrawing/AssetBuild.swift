import Assets
import Digests
import Glibc
import ImageCodecs
import Raster
import RegularFiles

/// Makes a pack of the sources that Tools/assets.sh fetches: clip art, emoji, photographs and words in many faces.
///
/// The same sources and libraries give the same bytes.
package struct AssetBuild {
  /// Something to tell the user.
  package enum Event: Sendable {
    case done(AssetKind, count: Int, byteCount: Int)
  }

  private let sources: String
  private let byteLimit: Int
  private let libraries: DrawingLibraries
  private var writer = AssetPackWriter()
  private var hashes: Set<String> = []

  /// The longest side of an object, in pixels.
  private static let objectSide = 224
  private static let emojiSide = 96
  private static let photoWidth = 600

  /// Opens the libraries that draw.
  ///
  /// - Parameters:
  ///   - sources: The folder with a folder for each package.
  ///   - byteLimit: The pack is no longer.
  /// - Throws: ``AssetBuildError``.
  package init(sources: String, byteLimit: Int) throws(AssetBuildError) {
    var status = stat()
    guard stat(sources, &status) == 0 else { throw .missingSources(sources) }
    self.sources = sources
    self.byteLimit = byteLimit
    libraries = try DrawingLibraries(fonts: sources)
  }

  /// Draws everything.
  ///
  /// - Parameter report: Told after each kind.
  /// - Returns: The bytes of the pack.
  /// - Throws: ``AssetBuildError``, `ImageCodecError` or `CancellationError`.
  package mutating func file(_ report: (Event) -> Void) throws -> [UInt8] {
    try addPhotographs()
    try told(.photo, report)
    try addWords()
    try told(.word, report)
    try addEmoji()
    try told(.emoji, report)
    try addDrawings()
    try told(.object, report)
    return try writer.file()
  }

  private var counted = 0

  private mutating func told(_ kind: AssetKind, _ report: (Event) -> Void) throws {
    guard writer.count > counted else { throw AssetBuildError.nothing(of: "\(kind.rawValue)s") }
    report(.done(kind, count: writer.count - counted, byteCount: writer.pictureByteCount))
    counted = writer.count
  }

  // MARK: Photographs

  private mutating func addPhotographs() throws {
    let sea = "\(sources)/endless-sky-data"
    let copyright = CopyrightFile("\(sea)/usr/share/doc/endless-sky-data/copyright")
    let place = writer.place(
      of: AssetSource(package: "endless-sky-data 0.9.8-1.2", licence: "public domain"))
    let folder = "\(sea)/usr/share/games/endless-sky/images/land"
    for name in (try? FolderListing.files(in: folder, ending: [".jpg"])) ?? [] {
      let path = "\(folder)/\(name)"
      let file = String(path.dropFirst(folder.utf8.count + 1))
      guard copyright.licence(of: "images/land/\(file)") == "public-domain" else { continue }
      let name = String(file.prefix { $0.isLetter })
      try addPhotograph(path, name: Self.photographNames[name] ?? name, family: file, place)
    }
    let science = writer.place(
      of: AssetSource(package: "scikit-image 0.25.2", licence: "public domain or CC0"))
    for picture in Self.sciencePictures {
      try addPhotograph(
        "\(sources)/scikit-image/skimage/data/\(picture.file)", name: picture.name,
        family: picture.file, science)
    }
  }

  /// Photographs of scikit-image 0.25.2 whose licence its documentation gives.
  ///
  /// Source: the notes in `skimage/data/_fetchers.py` of the wheel.
  private static let sciencePictures: [(file: String, name: String, licence: String)] = [
    ("astronaut.png", "astronaut", "public domain, NASA"),
    ("chelsea.png", "cat", "CC0, Stefan van der Walt"),
    ("coffee.png", "cup of coffee", "CC0, Rachel Michetti"),
    ("hubble_deep_field.jpg", "galaxies", "public domain, NASA"),
    ("rocket.jpg", "rocket", "public domain, SpaceX"),
    ("brick.png", "brick wall", "CC0, CC0Textures Bricks25"),
    ("grass.png", "grass", "CC0, linolafett"),
    ("gravel.png", "gravel", "CC0, CC0Textures Gravel04"),
  ]

  private static let photographNames = [
    "loc": "old landscape", "nasa": "planet from space", "earthrise": "earth over the moon",
    "fields": "fields", "lava": "lava", "space": "space", "station": "space station",
  ]

  private mutating func addPhotograph(
    _ path: String, name: String, family: String, _ source: Int
  ) throws {
    try Task.checkCancellation()
    guard let image = try? DecodedImage(contentsOf: path).image else { return }
    let width = min(Self.photoWidth, image.size.width)
    let size = PixelSize(
      width: width, height: max(1, image.size.height * width / image.size.width))
    try add(
      image.withOpaqueAlpha().resized(to: size, using: .lanczos), kind: .photo, name: name,
      family: family, source: source, encoding: .webp(quality: 88))
  }

  // MARK: Words

  private mutating func addWords() throws {
    for face in TextFace.all {
      try Task.checkCancellation()
      let source = writer.place(of: AssetSource(package: face.package, licence: "OFL-1.1"))
      for word in face.words {
        guard
          let line = libraries.line(word, face: face.name, em: TextFace.em, margin: 1)
        else { continue }
        let setting = Asset.Setting(
          text: word, face: face.name, script: face.script, baseline: line.baseline,
          em: TextFace.em)
        try add(
          line.image, kind: .word, name: word, family: face.name, source: source,
          encoding: .losslessWebP, setting: setting)
      }
    }
  }

  // MARK: Emoji

  private mutating func addEmoji() throws {
    let source = writer.place(
      of: AssetSource(package: "fonts-noto-color-emoji 2.042-0+deb12u1", licence: "OFL-1.1"))
    let ranges: [ClosedRange<UInt32>] = [
      0x2600...0x27BF, 0x1F300...0x1F3FA, 0x1F400...0x1F5FF, 0x1F600...0x1F6FC,
      0x1F900...0x1F9FF, 0x1FA70...0x1FAFF,
    ]
    for scalar in ranges.joined().compactMap(Unicode.Scalar.init)
    where scalar.properties.isEmoji {
      guard let name = scalar.properties.name?.lowercased() else { continue }
      let text = String(scalar) + (scalar.properties.isEmojiPresentation ? "" : "\u{FE0F}")
      guard
        let line = libraries.line(text, face: "Noto Color Emoji", em: 96, margin: 0),
        let image = cutOut(line.image, side: Self.emojiSide)
      else { continue }
      try add(
        image, kind: .emoji, name: name, family: name, source: source,
        encoding: .webp(quality: 88))
    }
  }

  // MARK: Clip art

  private mutating func addDrawings() throws {
    let source = writer.place(
      of: AssetSource(package: "openclipart-svg 1:0.18+dfsg-19", licence: "public domain"))
    let folder = "\(sources)/openclipart-svg/usr/share/openclipart/svg"
    // In an order that has nothing to do with names, so that a pack that is full has something of everything.
    let names = (try? FolderListing.files(in: folder, ending: [".svg"])) ?? []
    let paths = names.map { "\(folder)/\($0)" }
      .map { (SHA256.hexadecimal(of: Array($0.dropFirst(folder.utf8.count).utf8)), $0) }
      .sorted { $0.0 < $1.0 }.map(\.1)
    var familyCounts: [String: Int] = [:]
    for path in paths {
      try Task.checkCancellation()
      let drawing = DrawingName(path: String(path.dropFirst(folder.utf8.count + 1)))
      guard drawing.isWanted, familyCounts[drawing.family, default: 0] < 3,
        let svg = try? RegularFile.contents(path: path, limit: 300_000), Self.isFree(svg),
        let large = libraries.picture(svg: svg, side: 360),
        let image = cutOut(large, side: Self.objectSide)
      else { continue }
      // Room for the index, whose entries have about 200 bytes.
      guard writer.pictureByteCount + writer.count * 260 + 60_000 < byteLimit else { return }
      familyCounts[drawing.family, default: 0] += 1
      try add(
        image, kind: .object, name: drawing.words, family: drawing.family, source: source,
        encoding: .webp(quality: 84))
    }
  }

  /// Whether a drawing itself says that it is in the public domain, and speaks of no other licence.
  private static func isFree(_ svg: [UInt8]) -> Bool {
    let text = String(decoding: svg, as: UTF8.self).lowercased().filter { !$0.isWhitespace }
    return text.contains("publicdomain") && !text.contains("/licenses/by")
      && !text.contains("allrightsreserved") && !text.contains("gnu.org/copyleft")
  }

  /// The part of a picture that shows, at most so long; `nil` for one that is blank, thin or a full rectangle.
  private func cutOut(_ image: RasterImage, side: Int) -> RasterImage? {
    guard let box = image.boundingBox, box.width >= 24, box.height >= 24,
      max(box.width, box.height) <= 5 * min(box.width, box.height)
    else { return nil }
    let part = image.cropped(to: box)
    var sum = 0
    for alpha in stride(from: 3, to: part.pixels.count, by: 4) { sum += Int(part.pixels[alpha]) }
    let share = Double(sum) / 255 / Double(box.width * box.height)
    guard share > 0.12, share < 0.96 else { return nil }
    let scale = min(1, Double(side) / Double(max(box.width, box.height)))
    return try? part.resized(
      to: PixelSize(
        width: max(1, Int(Double(box.width) * scale)),
        height: max(1, Int(Double(box.height) * scale))), using: .lanczos)
  }

  private mutating func add(
    _ image: RasterImage, kind: AssetKind, name: String, family: String, source: Int,
    encoding: ImageEncoding, setting: Asset.Setting? = nil
  ) throws {
    guard hashes.insert(SHA256.hexadecimal(of: image.pixels)).inserted else { return }
    try writer.append(
      image,
      as: Asset(
        kind: kind, name: name, family: family, source: source, size: image.size, setting: setting),
      encoding: encoding)
  }
}
