import ByteIO
import Testing
import ZipArchive

/// An archive of entries in order.
func archive(_ entries: [(name: String, bytes: [UInt8], method: ZipMethod)]) throws -> [UInt8] {
  // The writer's sink escapes, so what it takes has to be shared.
  final class Bytes { var all: [UInt8] = [] }
  let bytes = Bytes()
  var writer = ZipWriter { bytes.all += $0 }
  for entry in entries { try writer.append(entry.bytes, named: entry.name, method: entry.method) }
  try writer.finish()
  return bytes.all
}

private let text = Array("layers, layers, layers, layers, layers".utf8)

@Suite struct ZipArchiveTests {
  @Test func entriesComeBackInOrder() throws {
    let entries: [(name: String, bytes: [UInt8], method: ZipMethod)] = [
      ("mimetype", text, .stored), ("data/é 🎨.png", text, .deflated), ("empty", [], .deflated),
    ]
    let bytes = try archive(entries)
    let opened = try ZipArchive(bytes)
    #expect(opened.names == entries.map(\.name))
    for entry in entries { #expect(try opened.contents(of: entry.name) == entry.bytes) }
    #expect(try opened.contents(of: "absent") == nil)
    #expect(opened.beginsWithStored("mimetype"))
    #expect(!opened.beginsWithStored("empty"))
    #expect(try archive(entries) == bytes)
    #expect(try ZipArchive(archive([])).names.isEmpty)
    // What `file` and desktops look for: the name at byte 30 and the content behind it.
    #expect(Array(bytes[30..<38 + text.count]) == Array("mimetype".utf8) + text)
  }

  @Test(arguments: [
    "", "/etc/passwd", "../x", "a/../../x", "a//b", "./a", "a\\b", "C:x", "a\u{0}b", "a\nb", "/",
  ])
  func namesThatLeaveTheFolderAreNeitherWrittenNorRead(name: String) throws {
    #expect(throws: ZipWriteError.unusableName(name)) { try archive([(name, text, .stored)]) }
    let harmless = String(repeating: "x", count: name.utf8.count)
    guard !name.isEmpty else { return }
    var bytes = try archive([(harmless, text, .stored)])
    for start in [30, bytes.count - 22 - harmless.utf8.count] {
      bytes.replaceSubrange(start..<start + harmless.utf8.count, with: name.utf8)
    }
    #expect(throws: MalformedData.self) { try ZipArchive(bytes) }
  }

  @Test func repeatedNamesAreNeitherWrittenNorRead() throws {
    #expect(throws: ZipWriteError.unusableName("a")) {
      try archive([("a", text, .stored), ("a", text, .stored)])
    }
    var bytes = try archive([("a", text, .stored), ("b", text, .stored)])
    for offset in bytes.indices where bytes[offset] == UInt8(ascii: "b") {
      bytes[offset] = UInt8(ascii: "a")
    }
    #expect(throws: MalformedData.self) { try ZipArchive(bytes) }
  }

  @Test func filesCutOffAnywhereAreRefused() throws {
    let bytes = try archive([("a", text, .deflated), ("b", text, .stored)])
    for count in bytes.indices {
      #expect(throws: MalformedData.self) { try ZipArchive(Array(bytes.prefix(count))) }
    }
  }

  @Test func noChangedByteCrashesOrGivesOtherContents() throws {
    let bytes = try archive([("a", text, .deflated), ("b", text, .stored)])
    for offset in bytes.indices {
      for change in [0x01, 0x80, 0xFF] as [UInt8] {
        var damaged = bytes
        damaged[offset] ^= change
        guard let opened = try? ZipArchive(damaged) else { continue }
        for name in opened.names {
          if let contents = try? opened.contents(of: name) { #expect(contents == text) }
        }
      }
    }
  }

  @Test func moreThanTheLimitsIsRefusedBeforeUnpacking() throws {
    let bytes = try archive([("a", text, .deflated), ("b", text, .stored)])
    var limits = ZipArchive.Limits()
    limits.entryCount = 1
    #expect(throws: MalformedData.self) { try ZipArchive(bytes, limits: limits) }
    limits.entryCount = 2
    limits.byteCount = 2 * text.count - 1
    #expect(throws: MalformedData.self) { try ZipArchive(bytes, limits: limits) }
    limits.byteCount += 1
    #expect(try ZipArchive(bytes, limits: limits).names == ["a", "b"])
  }

  @Test func entriesThatShareBytesAreRefused() throws {
    let inner = try archive([("b", text, .stored)])
    // The second entry points at a local header inside the data of the first.
    let bytes = try archive([("a", inner, .stored), ("b", text, .stored)])
    var shared = bytes
    let directoryEntry = bytes.count - 22 - 47
    shared.replaceSubrange(directoryEntry + 42..<directoryEntry + 46, with: [31, 0, 0, 0])
    let error = #expect(throws: MalformedData.self) { try ZipArchive(shared) }
    #expect(error?.reason == .invalid("lies inside another entry"))
  }

  @Test func sixtyFiveThousandEntriesAreRefused() throws {
    var writer = ZipWriter { _ in }
    for index in 0..<65_534 { try writer.append([], named: "\(index)", method: .stored) }
    #expect(throws: ZipWriteError.needsZip64(name: "last")) {
      try writer.append([], named: "last", method: .stored)
    }
    try writer.finish()
  }
}
