import RegularFiles
import Shards
import StrictJSON

extension BuildConfiguration {
  /// Reads a JSON file of at most 1 MiB.
  ///
  /// - Throws: ``InvalidConfiguration``, or `ShardError` where the file cannot be read.
  package init(path: String) throws {
    let bytes: [UInt8]
    do throws(RegularFileError) {
      bytes = try RegularFile.contents(path: path, limit: 1 << 20)
    } catch {
      throw ShardError(.unavailable(error), in: path)
    }
    do throws(ShardError.Reason) {
      self = try Self(json: bytes)
    } catch {
      throw ShardError(error, in: path)
    }
    try validate()
  }

  /// Decodes JSON in which keys may be left out and none may be unknown.
  init(json bytes: [UInt8]) throws(ShardError.Reason) {
    let defaults: [UInt8]
    do {
      defaults = try encodedJSON(Self())
    } catch {
      throw .badJSON("\(error)")
    }
    let known = try JSONTree(defaults)
    let given = try JSONTree(bytes)
    self = try decodedJSON(Self.self, from: known.overlaid(with: given, at: "").bytes)
  }
}

/// JSON whose values are kept as written, so that one text can be laid over another.
private indirect enum JSONTree {
  case object([(key: String, value: JSONTree)])
  case value([UInt8])

  init(_ bytes: [UInt8]) throws(ShardError.Reason) {
    do throws(JSONError) {
      var limits = JSONReader.Limits()
      limits.depth = 8
      var reader = JSONReader(bytes, limits: limits)
      self = try Self(&reader, bytes)
      try reader.end()
    } catch {
      throw .badJSON("\(error)")
    }
  }

  /// Recursion is bounded by the reader's depth.
  private init(_ reader: inout JSONReader, _ bytes: [UInt8]) throws(JSONError) {
    guard try reader.nextKind() == .object else {
      let start = reader.offset
      try reader.skipValue()
      self = .value(Array(bytes[start..<reader.offset]))
      return
    }
    try reader.beginObject()
    var members: [(key: String, value: JSONTree)] = []
    while let key = try reader.nextKey() {
      members.append((key, try JSONTree(&reader, bytes)))
    }
    self = .object(members)
  }

  func overlaid(with other: JSONTree, at path: String) throws(ShardError.Reason) -> JSONTree {
    guard case .object(var members) = self else { return other }
    guard case .object(let given) = other else { throw .badJSON("'\(path)' is not an object") }
    for (key, value) in given {
      let place = path.isEmpty ? key : "\(path).\(key)"
      if let index = members.firstIndex(where: { $0.key == key }) {
        members[index].value = try members[index].value.overlaid(with: value, at: place)
      } else if place == "size" {
        // The one key whose default is to have no value.
        members.append((key, value))
      } else {
        throw .badJSON("'\(place)' is unknown")
      }
    }
    return .object(members)
  }

  var bytes: [UInt8] {
    switch self {
    case .value(let bytes): return bytes
    case .object(let members):
      var text = Array("{".utf8)
      for (index, member) in members.enumerated() {
        if index > 0 { text.append(UInt8(ascii: ",")) }
        // Known keys are plain words.
        text += Array("\"\(member.key)\":".utf8) + member.value.bytes
      }
      return text + Array("}".utf8)
    }
  }
}
