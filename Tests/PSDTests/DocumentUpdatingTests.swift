import ByteIO
import Compositing
import DocumentModel
import PSD
import Raster
import Testing

@Suite struct DocumentUpdatingTests {
  /// A file with layers "back", "front" and, in a group "group", "in" with a mask, and what was read.
  private func sample(
    depth: FileHeader.Depth = .eight, mode: FileHeader.ColorMode = .rgb
  ) throws -> (file: PhotoshopFile, document: LayeredDocument) {
    var inside = try Samples.layer("in", at: 2, 1, seed: 3)
    inside.attributes.mask = LayerMask(
      pixels: try Samples.grey(2, 2), origin: PixelPoint(x: 2, y: 1), defaultValue: 0)
    let document = try Samples.document([
      Samples.layer("back", width: 8, height: 6), Samples.group("group", [inside]),
      Samples.layer("front", at: 4, 3, seed: 9),
    ])
    var file = try document.photoshopFile().file
    file.header.depth = depth
    file.header.colorMode = mode
    file = try PhotoshopFile(reading: file.bytes())
    return (file, try file.readDocument(isLenient: true).document)
  }

  /// The node at a path changed.
  private func changed(
    _ document: LayeredDocument, _ path: [Int], _ change: (inout LayerNode) throws -> Void
  ) throws -> LayeredDocument {
    let path = NodePath(path)
    var node = try #require(document[path])
    try change(&node)
    return try document.replacing(path, with: [node])
  }

  /// Writes an edit, checks that it reads back, and which records are other than before.
  @discardableResult
  private func check(
    _ edit: LayeredDocument, of sample: (file: PhotoshopFile, document: LayeredDocument),
    changes changed: [Int], warnings: [String] = []
  ) throws -> PhotoshopFile {
    let written = try sample.file.updated(to: edit, from: sample.document)
    #expect(written.warnings.map(\.description) == warnings)
    let file = try PhotoshopFile(reading: written.file.bytes())
    #expect(try file.readDocument().document.plain() == edit.plain())
    let old = sample.file.layerAndMaskInformation.layers
    let new = file.layerAndMaskInformation.layers
    #expect(old.indices.filter { !new.contains(old[$0]) } == changed)
    let merged = try file.mergedPicture()
    let expected = try edit.composite()
    for index in stride(from: 3, to: expected.pixels.count, by: 4) {
      #expect(merged.pixels[index] == expected.pixels[index])
    }
    return file
  }

  @Test func noEditGivesTheSameFile() throws {
    let sample = try sample()
    let written = try sample.file.updated(to: sample.document, from: sample.document)
    #expect(try written.file.bytes() == sample.file.bytes())
    #expect(written.warnings.isEmpty)
  }

  @Test func aNameAloneLeavesPixelsAndMergedPictureAsTheyAre() throws {
    let sample = try sample()
    let edit = try changed(sample.document, [2]) { $0.attributes.name = "😀 ../x" }
    let file = try check(edit, of: sample, changes: [4])
    #expect(file.imageData == sample.file.imageData)
    #expect(file.imageResources == sample.file.imageResources)
    let old = sample.file.layerAndMaskInformation.layers[4]
    #expect(file.layerAndMaskInformation.layers[4].channels == old.channels)
  }

  @Test func switchesOfALayerChangeItsRecordOnly() throws {
    let sample = try sample()
    let edit = try changed(sample.document, [0]) { node in
      node.attributes.isVisible = false
      node.attributes.opacity = Opacity(byte: 9)
      node.attributes.fillOpacity = Opacity(byte: 99)
      node.attributes.blendMode = .colorDodge
      node.attributes.isClipped = true
    }
    let file = try check(edit, of: sample, changes: [0])
    #expect(file.imageData != sample.file.imageData)
  }

  @Test func aGroupChangesItsBeginningOnly() throws {
    let sample = try sample()
    let edit = try changed(sample.document, [1]) { node in
      guard case .group(var group) = node else { return }
      group.attributes.blendMode = .multiply
      group.attributes.isVisible = false
      group.isExpanded = false
      node = .group(group)
    }
    try check(edit, of: sample, changes: [3])
  }

  @Test func aMovedLayerKeepsItsChannels() throws {
    let sample = try sample()
    let edit = try changed(sample.document, [1, 0]) { node in
      guard case .layer(var layer) = node else { return }
      layer.origin = PixelPoint(x: -1, y: 2)
      layer.attributes.mask?.origin = PixelPoint(x: -1, y: 2)
      node = .layer(layer)
    }
    let file = try check(edit, of: sample, changes: [2])
    let old = sample.file.layerAndMaskInformation.layers[2]
    #expect(file.layerAndMaskInformation.layers[2].channels == old.channels)
  }

  @Test func editedPixelsAreStoredAgain() throws {
    let sample = try sample()
    let edit = try changed(sample.document, [1, 0]) { node in
      guard case .layer(var layer) = node else { return }
      layer.pixels = try Samples.image(5, 5, seed: 77)
      node = .layer(layer)
    }
    let file = try check(edit, of: sample, changes: [2])
    let old = sample.file.layerAndMaskInformation.layers[2]
    let new = file.layerAndMaskInformation.layers[2]
    #expect(new.channels.last == old.channels.last)
    #expect(new.mask == old.mask)
  }

  @Test func masksComeChangeAndGo() throws {
    let sample = try sample()
    let none = try changed(sample.document, [1, 0]) { $0.attributes.mask = nil }
    try check(none, of: sample, changes: [2])
    let other = try changed(sample.document, [1, 0]) { node in
      node.attributes.mask = LayerMask(
        pixels: try Samples.grey(3, 3, seed: 5), origin: .zero, defaultValue: 255,
        density: Opacity(byte: 50))
    }
    try check(other, of: sample, changes: [2])
    let off = try changed(sample.document, [1, 0]) { $0.attributes.mask?.isDisabled = true }
    try check(off, of: sample, changes: [2])
    let new = try changed(sample.document, [1]) {
      $0.attributes.mask = LayerMask(pixels: nil, defaultValue: 0)
    }
    try check(new, of: sample, changes: [3])
  }

  @Test func orderRemovalAndGroupsLeaveRecordsAsTheyAre() throws {
    let sample = try sample()
    let nodes = sample.document.nodes
    try check(sample.document.withNodes(nodes.reversed()), of: sample, changes: [])
    try check(sample.document.withNodes([nodes[0], nodes[1]]), of: sample, changes: [4])
    try check(sample.document.withNodes([nodes[2]]), of: sample, changes: [0, 1, 2, 3])
    let group = try Samples.group("new", [nodes[2], nodes[0]], mode: .normal)
    try check(sample.document.withNodes([nodes[1], group]), of: sample, changes: [])
    let flat = [nodes[0]] + nodes[1].children + [nodes[2]]
    try check(sample.document.withNodes(flat), of: sample, changes: [1, 3])
  }

  @Test func nothingLeftIsATransparentPicture() throws {
    let sample = try sample()
    let written = try sample.file.updated(to: sample.document.withNodes([]), from: sample.document)
    let file = try PhotoshopFile(reading: written.file.bytes())
    #expect(file.layerAndMaskInformation.layers.isEmpty)
    #expect(try file.mergedPicture().boundingBox == nil)
  }

  @Test func duplicatesAndNewLayersGetNumbersOfTheirOwn() throws {
    let sample = try sample()
    let nodes = sample.document.nodes
    let edit = try sample.document.withNodes(nodes + [nodes[1], Samples.layer("new")])
    let file = try check(edit, of: sample, changes: [])
    let numbers = file.layerAndMaskInformation.layers.compactMap {
      $0.blocks["lyid"].map(Array.init)
    }
    #expect(numbers.count == 7)
    #expect(Set(numbers).count == 7)
  }

  @Test func blocksMoveWithTheirLayerOrGo() throws {
    var (file, _) = try sample()
    func bits(_ value: Double) -> [UInt8] {
      (0..<8).map { UInt8(truncatingIfNeeded: value.bitPattern >> UInt64(56 - 8 * $0)) }
    }
    let text = [0, 1] + [1, 0, 0, 1, 2.5, 3].flatMap(bits) + [9]
    let outline: [UInt8] =
      [0, 0, 0, 3, 0, 0, 0, 0] + [UInt8](repeating: 0, count: 26) + [0, 1]
      + [UInt8](repeating: 0, count: 24)
    file.layerAndMaskInformation.layerInformation?.layers[4].blocks.blocks += [
      AdditionalBlock("TySh", bytes: text[...]), AdditionalBlock("vmsk", bytes: outline[...]),
      AdditionalBlock("SoLd", bytes: [1, 2, 3, 4]), AdditionalBlock("lfx2", bytes: [5, 6]),
    ]
    let document = try file.readDocument().document
    let edit = try changed(document, [2]) { node in
      guard case .layer(var layer) = node else { return }
      layer.origin.x += 2
      layer.origin.y -= 3
      node = .layer(layer)
    }
    let written = try file.updated(to: edit, from: document)
    let blocks = written.file.layerAndMaskInformation.layers[4].blocks
    #expect(blocks["TySh"] == ([0, 1] + [1, 0, 0, 1, 4.5, 0].flatMap(bits) + [9])[...])
    // Two eighths of the width, minus three sixths of the height, in 2^24ths.
    let point: [UInt8] = [0xFF, 0x80, 0, 0, 0, 0x40, 0, 0]
    #expect(blocks["vmsk"]?.suffix(24) == (point + point + point)[...])
    #expect(blocks["SoLd"] == nil)
    #expect(blocks["lfx2"] == [5, 6])
    #expect(
      written.warnings.first?.description == "layer \"front\": block \"SoLd\" is left out")
  }

  @Test func theVectorMaskOfAFillMovesWithIt() throws {
    var (file, _) = try sample()
    var record = file.layerAndMaskInformation.layers[4]
    let place = try SmallFile.rectangle(top: 3, left: 4, bottom: 4, right: 6)
    record.mask = LayerMaskData(mask: .init(rectangle: place, defaultColor: 0, flags: 8))
    record.channels.append(LayerChannel(id: -2, compression: .raw, data: [255, 255]))
    record.blocks.blocks.append(AdditionalBlock("SoCo", bytes: []))
    file.layerAndMaskInformation.layerInformation?.layers[4] = record
    let document = try file.readDocument().document
    let edit = try changed(document, [2]) { node in
      guard case .layer(var layer) = node else { return }
      layer.origin.x += 1
      node = .layer(layer)
    }
    let written = try file.updated(to: edit, from: document).file.layerAndMaskInformation.layers[4]
    #expect(
      written.mask?.mask.rectangle
        == (try SmallFile.rectangle(top: 3, left: 5, bottom: 4, right: 7)))
    #expect(written.channels == record.channels)
  }

  @Test func editedPixelsOfCMYKAreRefusedAndItsOtherEditsAreNot() throws {
    let record = try SmallFile.file().layerAndMaskInformation.layers[1]
    var layer = record
    layer.channels.append(LayerChannel(id: 3, compression: .raw, data: [255, 255, 255, 255]))
    let file = PhotoshopFile(
      header: FileHeader(
        version: .psd, size: PixelSize(width: 4, height: 3), channelCount: 4, colorMode: .cmyk),
      layerAndMaskInformation: LayerAndMaskInformation(layerInformation: LayerInformation([layer])),
      imageData: ImageData(compression: .raw, data: ArraySlice(repeating: 9, count: 48)))
    let document = try file.readDocument().document
    let moved = try changed(document, [0]) { node in
      guard case .layer(var layer) = node else { return }
      layer.origin.x = 0
      node = .layer(layer)
    }
    let written = try PhotoshopFile(reading: file.updated(to: moved, from: document).file.bytes())
    #expect(written.layerAndMaskInformation.layers[0].channels == layer.channels)
    let (found, expected) = (try written.mergedPicture(), try moved.composite())
    for pixel in 0..<12 where expected.pixels[4 * pixel + 3] > 0 {
      for byte in 4 * pixel..<4 * pixel + 4 {
        #expect(abs(Int(found.pixels[byte]) - Int(expected.pixels[byte])) <= 13)
      }
    }
    let redrawn = try changed(document, [0]) { node in
      guard case .layer(var layer) = node else { return }
      layer.pixels = try Samples.image(2, 2)
      node = .layer(layer)
    }
    let error = #expect(throws: PhotoshopWritingError.self) {
      try file.updated(to: redrawn, from: document)
    }
    #expect(
      error?.description
        == "cannot store edited pixels in a CMYK file; convert it to RGB first")
  }

  @Test func aPictureThatCannotBeMergedIsMarkedAsMissing() throws {
    let (file, document) = try sample(mode: .lab)
    let edit = try changed(document, [0]) { $0.attributes.isVisible = false }
    let written = try file.updated(to: edit, from: document)
    #expect(!written.file.hasMergedPicture)
    #expect(written.file.imageData == file.imageData)
    #expect(
      written.warnings.map(\.description) == [
        """
        the merged picture is left as it was, marked as missing: it cannot be made in Lab
        """
      ])
  }

  @Test(arguments: [FileHeader.Depth.sixteen, .thirtyTwo], [FileHeader.ColorMode.rgb, .grayscale])
  func editedPixelsAreStoredInTheFilesDepth(
    depth: FileHeader.Depth, mode: FileHeader.ColorMode
  ) throws {
    let size = PixelSize(width: 4, height: 3)
    let channelCount = mode == .rgb ? 3 : 1
    let file = PhotoshopFile(
      header: FileHeader(
        version: .psd, size: size, channelCount: channelCount, depth: depth, colorMode: mode),
      layerAndMaskInformation: LayerAndMaskInformation(
        layerInformation: LayerInformation([
          LayerRecord(
            rectangle: try SmallFile.rectangle(top: 0, left: 0, bottom: 0, right: 0), channels: [])
        ])),
      imageData: ImageData(
        compression: .raw,
        data: ArraySlice(repeating: 0, count: 12 * channelCount * Int(depth.rawValue) / 8)))
    let document = try file.readDocument().document
    let pixels = try Samples.image(3, 2).pixels.enumerated().map { index, value in
      mode == .rgb || index % 4 == 3 ? value : UInt8(index / 4 * 40)
    }
    let image = try RasterImage(size: PixelSize(width: 3, height: 2), pixels: pixels)
    let edit = try changed(document, [0]) { node in
      guard case .layer(var layer) = node else { return }
      layer.pixels = image
      node = .layer(layer)
    }
    let written = try PhotoshopFile(reading: file.updated(to: edit, from: document).file.bytes())
    #expect(written.header.depth == depth)
    #expect(try written.readDocument().document.layers.first?.pixels == image)
    let (found, expected) = (try written.mergedPicture(), try edit.composite())
    for index in stride(from: 3, to: expected.pixels.count, by: 4) {
      #expect(found.pixels[index] == expected.pixels[index])
    }
  }

  @Test func aFileOfTheOtherVersionHasTheSameLayers() throws {
    let (file, document) = try sample()
    let large = try PhotoshopFile(
      reading: file.updated(to: document, from: document, as: .psb).file.bytes())
    #expect(large.header.version == .psb)
    #expect(try large.readDocument().document == document)
    #expect(try large.mergedPicture() == file.mergedPicture())
    #expect(try large.converted(to: .psd).bytes() == file.bytes())
  }

  @Test func furtherChannelsOfTheMergedPictureStay() throws {
    var (file, document) = try sample()
    file.imageData = ImageData(
      compression: .raw, data: ArraySlice((0..<48 * 5).map { UInt8(truncatingIfNeeded: $0) }))
    file.header.channelCount = 5
    document = try file.readDocument().document
    let edit = try changed(document, [0]) { $0.attributes.isVisible = false }
    let written = try file.updated(to: edit, from: document).file
    #expect(written.header.channelCount == 5)
    var rows: [UInt8] = []
    for row in 0..<6 {
      rows.append(7)
      for column in 0..<8 { rows.append(UInt8(192 + 8 * row + column)) }
    }
    #expect(Array(written.imageData.data.suffix(rows.count)) == rows)
  }
}
