import StrictJSON

/// What a header says, read but not yet believed.
struct DeclaredTensors {
  private(set) var tensors: [DeclaredTensor] = []
  private(set) var metadata: [String: String] = [:]

  /// - Throws: ``JSONError`` where the text is not JSON or a value is of the wrong kind.
  init(_ text: [UInt8]) throws(JSONError) {
    var reader = JSONReader(text)
    try reader.beginObject()
    while let name = try reader.nextKey() {
      if name == "__metadata__" {
        try reader.beginObject()
        while let key = try reader.nextKey() { metadata[key] = try reader.text() }
      } else {
        tensors.append(try DeclaredTensor(named: name, reading: &reader))
      }
    }
    try reader.end()
  }
}

/// One tensor as the header says it, read but not yet believed.
struct DeclaredTensor {
  /// Bytes of a name; the longest of real models have some 200.
  static let maximumNameLength = 4096
  /// The axes that libtorch can hold.
  static let maximumAxisCount = 64

  private let name: String
  private var dtype: String?
  private var shape: [UInt64]?
  private var dataOffsets: [UInt64]?
  /// Where the object begins, from the first byte of the file.
  private let offset: Int

  /// Reads the object behind the name, passing over fields of other names as other readers do.
  init(named name: String, reading reader: inout JSONReader) throws(JSONError) {
    self.name = name
    _ = try reader.nextKind()
    offset = reader.offset + SafetensorsHeader.prefixLength
    try reader.beginObject()
    while let field = try reader.nextKey() {
      switch field {
      case "dtype": dtype = try reader.text()
      // One number more than can be right is kept, to tell that there were too many.
      case "shape": shape = try reader.unsignedIntegers(keeping: Self.maximumAxisCount + 1)
      case "data_offsets": dataOffsets = try reader.unsignedIntegers(keeping: 3)
      default: try reader.skipValue()
      }
    }
  }

  /// The entry, once name, dtype, shape and offsets agree with each other.
  func checked() throws(SafetensorsError.Reason) -> TensorEntry {
    guard name.utf8.count <= Self.maximumNameLength else {
      throw .nameTooLong(
        byteCount: name.utf8.count, limit: Self.maximumNameLength, offset: offset)
    }
    let dtype = try checkedDType()
    let shape = try checkedShape()
    guard let byteCount = dtype.byteCount(of: shape) else {
      let bits = StoredDType.bool.byteCount(of: shape)
      guard bits != nil, dtype.bitWidth < 8 else {
        throw .sizeOverflow(tensor: name, shape: self.shape ?? [], offset: offset)
      }
      throw .partialByte(tensor: name, dtype: dtype, shape: shape, offset: offset)
    }
    let range = try checkedOffsets()
    guard range.count == byteCount else {
      throw .sizeMismatch(tensor: name, expected: byteCount, found: range.count, offset: offset)
    }
    return TensorEntry(name: name, dtype: dtype, shape: shape, dataOffsets: range)
  }

  private func checkedDType() throws(SafetensorsError.Reason) -> StoredDType {
    guard let dtype else { throw .missingField("dtype", tensor: name, offset: offset) }
    guard let known = StoredDType(rawValue: dtype) else {
      throw .unknownDType(dtype, tensor: name, offset: offset)
    }
    return known
  }

  private func checkedShape() throws(SafetensorsError.Reason) -> [Int] {
    guard let shape else { throw .missingField("shape", tensor: name, offset: offset) }
    guard shape.count <= Self.maximumAxisCount else {
      throw .tooManyAxes(tensor: name, limit: Self.maximumAxisCount, offset: offset)
    }
    let lengths = shape.compactMap { Int(exactly: $0) }
    guard lengths.count == shape.count else {
      throw .sizeOverflow(tensor: name, shape: shape, offset: offset)
    }
    return lengths
  }

  private func checkedOffsets() throws(SafetensorsError.Reason) -> Range<Int> {
    guard let dataOffsets else {
      throw .missingField("data_offsets", tensor: name, offset: offset)
    }
    guard dataOffsets.count == 2 else { throw .malformedOffsets(tensor: name, offset: offset) }
    guard dataOffsets[0] <= dataOffsets[1], let begin = Int(exactly: dataOffsets[0]),
      let end = Int(exactly: dataOffsets[1])
    else {
      throw .reversedOffsets(
        tensor: name, begin: dataOffsets[0], end: dataOffsets[1], offset: offset)
    }
    return begin..<end
  }
}

extension JSONReader {
  /// An array of whole numbers, of which those after the first `limit` are checked and dropped.
  fileprivate mutating func unsignedIntegers(keeping limit: Int) throws(JSONError) -> [UInt64] {
    var values: [UInt64] = []
    try beginArray()
    while try nextElement() {
      let value = try unsignedInteger()
      if values.count < limit { values.append(value) }
    }
    return values
  }
}
