import ByteIO

/// What a layer record says about the layer's masks; their pixels are channels -2 and -3.
///
/// Source: Adobe Photoshop File Formats Specification, "Layer mask / adjustment layer data". The
/// order of the last two parts is that of files, which differs from the specification's.
package struct LayerMaskData: Hashable, Sendable {
  /// The rectangle, the default and the flags of one mask.
  package struct Mask: Hashable, Sendable {
    /// Where the mask's channel lies.
    package var rectangle: ChannelRectangle
    /// The value outside the rectangle.
    package var defaultColor: UInt8
    /// Bit 0: relative to the layer; 1: disabled; 2: inverted; 3: from other data; 4: parameters
    /// follow.
    package var flags: UInt8

    package init(rectangle: ChannelRectangle, defaultColor: UInt8, flags: UInt8) {
      self.rectangle = rectangle
      self.defaultColor = defaultColor
      self.flags = flags
    }

    /// Whether the mask is switched off.
    package var isDisabled: Bool { flags & 2 != 0 }
  }

  /// The mask of channel -2: the user's, or where there is a vector mask too, both rendered into
  /// one.
  package var mask: Mask
  /// The user's own mask, channel -3, where the file has both kinds.
  package var userMask: Mask?
  /// Density and feather, and padding.
  package var parameters: ArraySlice<UInt8>

  /// Density 0...255 and feather radius in pixels of both kinds of mask; `nil` where a file leaves
  /// them out.
  package struct Parameters: Hashable, Sendable {
    package var userDensity: UInt8?
    package var userFeather: Double?
    package var vectorDensity: UInt8?
    package var vectorFeather: Double?
  }

  /// Makes the data of a layer with one mask.
  package init(mask: Mask) {
    self.mask = mask
    parameters = [0, 0]
  }

  /// Reads a section that is not empty.
  init(reading reader: inout ByteReader) throws(MalformedData) {
    let byteCount = reader.remainingCount
    let rectangle = try ChannelRectangle("mask", reading: &reader)
    mask = Mask(
      rectangle: rectangle, defaultColor: try reader.read("mask default color"),
      flags: try reader.read("mask flags"))
    if byteCount >= 36 {
      let flags: UInt8 = try reader.read("user mask flags")
      let defaultColor: UInt8 = try reader.read("user mask default color")
      userMask = Mask(
        rectangle: try ChannelRectangle("user mask", reading: &reader), defaultColor: defaultColor,
        flags: flags)
    }
    parameters = reader.readRemainder()
  }

  /// Density and feather; all `nil` where there are none.
  ///
  /// - Throws: ``MalformedData`` where they are cut off.
  package func readParameters() throws(MalformedData) -> Parameters {
    var found = Parameters()
    guard mask.flags & 16 != 0 else { return found }
    var reader = ByteReader(parameters)
    let present = try reader.read("mask parameters", as: UInt8.self)
    if present & 1 != 0 { found.userDensity = try reader.read("user mask density") }
    if present & 2 != 0 { found.userFeather = try reader.readDouble("user mask feather") }
    if present & 4 != 0 { found.vectorDensity = try reader.read("vector mask density") }
    if present & 8 != 0 { found.vectorFeather = try reader.readDouble("vector mask feather") }
    return found
  }

  func write(to writer: inout ByteWriter) {
    mask.rectangle.write(to: &writer)
    writer.write(mask.defaultColor)
    writer.write(mask.flags)
    if let userMask {
      writer.write(userMask.flags)
      writer.write(userMask.defaultColor)
      userMask.rectangle.write(to: &writer)
    }
    writer.write(parameters)
  }
}

extension ByteReader {
  /// Reads a big-endian number of 64 bits in IEEE 754.
  mutating func readDouble(_ field: @autoclosure () -> String) throws(MalformedData) -> Double {
    Double(bitPattern: try read(field()))
  }
}
