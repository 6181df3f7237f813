import FileTesting
import Glibc
import RegularFiles
import Testing

struct RegularFileTests {
  private let folder: ScratchFolder
  private let path: String

  init() throws {
    folder = try ScratchFolder()
    path = try folder.write([1, 2, 3], to: "file")
  }

  @Test func contentsAreReadUpToTheirLimit() throws {
    #expect(try RegularFile.contents(path: path, limit: 3) == [1, 2, 3])
    #expect(throws: RegularFileError.tooLong(byteCount: 3, limit: 2)) {
      try RegularFile.contents(path: path, limit: 2)
    }
  }

  @Test func readingEndsWithTheFile() throws {
    let file = try RegularFile(path: path)
    defer { file.close() }
    #expect(try file.read(count: 8, at: 1) == [2, 3])
    #expect(try file.read(count: 8, at: 9) == [])
  }

  @Test func whatIsNoRegularFileIsRefusedAtOnce() throws {
    #expect(throws: RegularFileError.notARegularFile) { try RegularFile(path: folder.path) }
    try #require(mkfifo(folder["pipe"], 0o600) == 0)
    #expect(throws: RegularFileError.notARegularFile) { try RegularFile(path: folder["pipe"]) }
    #expect(throws: RegularFileError.systemCallFailed("open", errno: ENOENT)) {
      try RegularFile(path: folder["missing"])
    }
  }
}
