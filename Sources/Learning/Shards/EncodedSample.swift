import Deflate
import ImageCodecs
import Raster

/// A sample as the part of a tar archive that holds it: `key.json`, `key.composite.png`,
/// `key.layer-00.png` and so on, from the back.
///
/// Equal samples have equal bytes.
package struct EncodedSample: Hashable, Sendable {
  /// What identifies the sample in its dataset.
  package let key: String

  /// Whole blocks of a tar archive, without its end.
  package let bytes: [UInt8]

  /// The CRC-32 of the bytes.
  package var checksum: UInt32 { crc32Checksum(bytes[...]) }

  /// Encodes a sample.
  ///
  /// - Parameters:
  ///   - sample: What to encode.
  ///   - effort: How long may be taken for shorter pictures.
  /// - Throws: `ImageCodecError`.
  package init(_ sample: TrainingSample, effort: EncodingEffort = .usual) throws {
    let key = sample.key
    var archive: [UInt8] = []
    func append(_ suffix: String, _ content: [UInt8]) {
      TarMember(name: "\(key).\(suffix)", bytes: content).append(to: &archive)
    }
    append("json", try encodedJSON(sample.description, isPretty: true))
    let pictures = [sample.composite] + sample.layers.layers
    let files = concurrently(pictures.count, worth: sample.composite.pixels.count / 4) { place in
      Result {
        try pictures[place].encoded(as: place == 0 ? .opaquePNG : .png, effort: effort)
      }
    }
    for (place, file) in files.enumerated() {
      append(place == 0 ? "composite.png" : Self.layerSuffix(place - 1), try file.get())
    }
    self.key = key
    bytes = archive
  }

  /// Takes bytes that were read; ``decoded(limits:)`` says whether they are a sample.
  package init(key: String, bytes: [UInt8]) {
    self.key = key
    self.bytes = bytes
  }

  /// What the file of a layer is called behind the key: "layer-00.png" at the back.
  package static func layerSuffix(_ index: Int) -> String {
    "layer-\(index < 10 ? "0" : "")\(index).png"
  }

  /// The sample that the bytes hold.
  ///
  /// - Parameter limits: How much a picture may ask for.
  /// - Returns: The sample.
  /// - Throws: ``ShardError/Reason``.
  package func decoded(
    limits: DecodingOptions = DecodingOptions()
  ) throws(ShardError.Reason) -> TrainingSample {
    let members = try members().dropFirst()
    let description = try description()
    let names = ["composite.png"] + description.layers.indices.map(Self.layerSuffix)
    guard members.count == names.count else {
      throw .memberCount(found: members.count + 1, expected: names.count + 1)
    }
    var images: [RasterImage] = []
    for (name, member) in zip(names, members) {
      guard member.name == "\(key).\(name)" else { throw .missingMember("\(key).\(name)") }
      images.append(try image(of: member, canvas: description.canvas, limits: limits))
    }
    let composite = images.removeFirst()
    do {
      return try TrainingSample(
        description, composite: composite,
        layers: LayerStack(canvas: description.canvas, layers: images))
    } catch let error as SampleFault {
      throw .sample(error)
    } catch {
      throw .badPicture("\(key).layer", "\(error)")
    }
  }

  /// What the first member says.
  package func description() throws(ShardError.Reason) -> SampleDescription {
    var offset = 0
    let first = try TarMember(reading: bytes, at: &offset)
    guard first.name == "\(key).json" else { throw .missingMember("\(key).json") }
    let description = try decodedJSON(SampleDescription.self, from: first.bytes)
    guard description.key == key else { throw .otherKey(found: description.key) }
    do throws(SampleFault) {
      try description.validate()
    } catch {
      throw .sample(error)
    }
    return description
  }

  /// The files of the sample; a hostile number of them is refused.
  package func members() throws(ShardError.Reason) -> [TarMember] {
    var members: [TarMember] = []
    var offset = 0
    while offset < bytes.count {
      members.append(try TarMember(reading: bytes, at: &offset))
      guard members.count <= SampleDescription.maximumLayerCount + 2 else {
        throw .memberCount(found: members.count, expected: SampleDescription.maximumLayerCount + 2)
      }
    }
    return members
  }

  private func image(
    of member: TarMember, canvas: PixelSize, limits: DecodingOptions
  ) throws(ShardError.Reason) -> RasterImage {
    let result = Result { () throws(ImageCodecError) in
      // The header first: no pixel is unpacked for a picture of another size.
      let size = try PixelSize(ofPicture: member.bytes, options: limits)
      return size == canvas ? try DecodedImage(decoding: member.bytes, options: limits).image : nil
    }
    switch result {
    case .success(let image?): return image
    case .success(nil): throw .badPicture(member.name, "its size is not \(canvas)")
    case .failure(let error): throw .badPicture(member.name, "\(error)")
    }
  }
}
