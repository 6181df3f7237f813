import ByteIO

/// The last section: the merged picture, all of it compressed in one way.
///
/// Source: Adobe Photoshop File Formats Specification, "Image Data Section".
package struct ImageData: Hashable, Sendable {
  /// How ``data`` is stored.
  package var compression: Compression
  /// The channels one after another, to the end of the file.
  package var data: ArraySlice<UInt8>

  package init(compression: Compression, data: ArraySlice<UInt8>) {
    self.compression = compression
    self.data = data
  }

  /// - Throws: ``MalformedData`` where the compression is cut off or unknown.
  package init(reading reader: inout ByteReader) throws(MalformedData) {
    compression = try reader.read("compression of the merged picture")
    data = reader.readRemainder()
  }

  /// Appends the section.
  package func write(to writer: inout ByteWriter) {
    writer.write(compression.rawValue)
    writer.write(data)
  }
}
