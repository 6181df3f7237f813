import ByteIO
import DocumentModel
import PSD
import Testing

/// The bytes of a descriptor; keys are four characters or carry their length.
private func descriptor(_ items: [(String, [UInt8])]) -> [UInt8] {
  var writer = ByteWriter()
  writer.write(UInt32(0))  // class name
  writer.write(key("null"))
  writer.write(UInt32(items.count))
  for (name, value) in items {
    writer.write(key(name))
    writer.write(value)
  }
  return writer.bytes
}

private func key(_ name: String) -> [UInt8] {
  let length = name.utf8.count == 4 ? 0 : UInt8(name.utf8.count)
  return [0, 0, 0, length] + Array(name.utf8)
}

private func flag(_ isOn: Bool) -> [UInt8] { Array("bool".utf8) + [isOn ? 1 : 0] }

private func object(_ items: [(String, [UInt8])]) -> [UInt8] {
  Array("Objc".utf8) + descriptor(items)
}

private func list(_ values: [[UInt8]]) -> [UInt8] {
  Array("VlLs".utf8) + [0, 0, 0, UInt8(values.count)] + values.joined()
}

/// A shadow that is on and a stroke that is not.
private func shadowWithoutStroke(isOn: Bool = true) -> [UInt8] {
  [0, 0, 0, 0, 0, 0, 0, 16]
    + descriptor([
      ("masterFXSwitch", flag(isOn)),
      ("Scl ", Array("UntF#Prc".utf8) + [64, 89, 0, 0, 0, 0, 0, 0]),
      (
        "DrSh",
        object([("enab", flag(true)), ("Md  ", Array("enum".utf8) + key("BlnM") + key("Nrml"))])
      ),
      (
        "FrFX",
        object([("enab", flag(false)), ("Nm  ", Array("TEXT".utf8) + [0, 0, 0, 1, 0, 65])])
      ),
    ])
}

/// The names of the effects that a layer with a block has.
private func effects(_ block: FourCharacterCode, _ bytes: [UInt8]) throws -> [String] {
  var file = try SmallFile.file()
  var layers = file.layerAndMaskInformation.layers
  layers[1].blocks.blocks.append(AdditionalBlock(block, bytes: bytes[...]))
  file.layerAndMaskInformation.layerInformation = LayerInformation(layers)
  let layer = try #require(try file.readDocument().document.layers.first)
  for feature in layer.attributes.features { #expect(!feature.isRendered) }
  return layer.attributes.features.filter { $0.kind == .effect }.map(\.name)
}

@Suite struct LayerEffectsTests {
  @Test func effectsThatAreSwitchedOnAreNamed() throws {
    #expect(try effects("lfx2", shadowWithoutStroke()) == ["drop shadow"])
    #expect(try effects("lfx2", shadowWithoutStroke(isOn: false)) == [])
  }

  @Test func oneOfSeveralEffectsOfAKindIsEnough() throws {
    let strokes = list([object([("enab", flag(false))]), object([("enab", flag(true))])])
    let bytes = [0, 0, 0, 0, 0, 0, 0, 16] + descriptor([("frameFXMulti", strokes)])
    #expect(try effects("lmfx", bytes) == ["stroke"])
  }

  @Test func whatCannotBeReadCountsAsEffects() throws {
    let sound = shadowWithoutStroke()
    for count in 0..<sound.count {
      #expect(try effects("lfx2", Array(sound.prefix(count))) == ["layer effects"], "\(count)")
    }
    let reference =
      [0, 0, 0, 0, 0, 0, 0, 16] + descriptor([("DrSh", Array("obj ".utf8) + [0, 0, 0, 1])])
    #expect(try effects("lfx2", reference) == ["layer effects"])
    #expect(try effects("lrFX", [0, 0]) == ["layer effects"])
  }

  @Test func deepAndLongDescriptorsAreRefusedBeforeMemoryIsTaken() throws {
    var nested = flag(true)
    for _ in 0..<10_000 { nested = Array("VlLs".utf8) + [0, 0, 0, 1] + nested }
    let deep = [0, 0, 0, 0, 0, 0, 0, 16] + descriptor([("DrSh", nested)])
    #expect(try effects("lfx2", deep) == ["layer effects"])
    let long =
      [0, 0, 0, 0, 0, 0, 0, 16] + descriptor([("DrSh", Array("VlLs".utf8) + [255, 255, 255, 255])])
    #expect(try effects("lfx2", long) == ["layer effects"])
  }
}
