import ByteIO

extension PhotoshopFile {
  /// Hands over the bytes of the file one part after another, those of ``bytes()``.
  ///
  /// No second copy is made of the pixels.
  ///
  /// - Parameter sink: Takes the parts in their order.
  /// - Throws: `SectionTooLong`, or what the sink throws.
  package func write(to sink: ([UInt8]) throws -> Void) throws {
    var writer = ByteWriter()
    header.write(to: &writer)
    try colorModeData.write(to: &writer)
    try imageResources.write(to: &writer)
    try sink(writer.bytes)
    try writeLayers(to: sink)
    writer = ByteWriter()
    writer.write(imageData.compression.rawValue)
    try sink(writer.bytes)
    try forEachPart(of: imageData.data, sink)
  }

  /// Hands over the fourth section; its pixels go straight to the sink where no block has the layers.
  private func writeLayers(to sink: ([UInt8]) throws -> Void) throws {
    var section = layerAndMaskInformation
    guard let layers = section.layerInformation else {
      var writer = ByteWriter()
      try section.write(to: &writer, version: header.version)
      return try sink(writer.bytes)
    }
    var records = ByteWriter()
    try layers.writeRecords(to: &records, version: header.version)
    let channelByteCount = layers.layers.reduce(0) { sum, layer in
      layer.channels.reduce(sum) { $0 + $1.byteCount }
    }
    let layersByteCount = records.bytes.count + channelByteCount + layers.padding.count
    section.layerInformation = nil
    var rest = ByteWriter()
    try section.write(to: &rest, version: header.version)
    // What it begins with: two lengths, both to be written anew.
    let lengthByteCount = header.version == .psd ? 4 : 8
    let behind = rest.bytes.dropFirst(2 * lengthByteCount)
    var head = ByteWriter()
    try head.writeLength(
      lengthByteCount + layersByteCount + behind.count, of: "layer and mask information",
      in: header.version)
    try head.writeLength(layersByteCount, of: "layer information", in: header.version)
    try sink(head.bytes)
    try sink(records.bytes)
    for layer in layers.layers {
      for channel in layer.channels {
        var compression = ByteWriter()
        if let stored = channel.compression { compression.write(stored.rawValue) }
        try sink(compression.bytes)
        try forEachPart(of: channel.data, sink)
      }
    }
    try sink(Array(layers.padding) + behind)
  }
}

extension ByteWriter {
  fileprivate mutating func writeLength(
    _ count: Int, of field: String, in version: FileHeader.Version
  ) throws(SectionTooLong) {
    switch version {
    case .psd:
      guard let length = UInt32(exactly: count) else {
        throw SectionTooLong(field: field, byteCount: count, limit: UInt32.max)
      }
      write(length)
    case .psb: write(UInt64(count))
    }
  }
}

/// Bytes in parts of at most 4 MiB.
private func forEachPart(
  of bytes: ArraySlice<UInt8>, _ sink: ([UInt8]) throws -> Void
) throws {
  var rest = bytes
  while !rest.isEmpty {
    try sink(Array(rest.prefix(1 << 22)))
    rest = rest.dropFirst(1 << 22)
  }
}
