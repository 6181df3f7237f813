import AtomicFiles
import FileTesting
import Foundation
import Glibc
import Testing

struct AtomicFileTests {
  private let folder: ScratchFolder
  private var path: String { folder.path + "/out.bin" }

  init() throws {
    folder = try ScratchFolder()
  }

  @Test func committedFileHasItsBytesAndNothingElseIsLeft() throws {
    try AtomicFile.write(Array("hello".utf8), to: path)
    #expect(try folder.text(of: "out.bin") == "hello")
    #expect(try folder.names == ["out.bin"])
  }

  @Test func nothingHasTheNameBeforeTheCommit() throws {
    let file = try AtomicFile(at: path)
    try file.write(Array("hello".utf8))
    #expect(try !folder.names.contains("out.bin"))
    try file.commit()
    #expect(try folder.names == ["out.bin"])
  }

  @Test func droppedFileLeavesNothing() throws {
    do {
      let file = try AtomicFile(at: path)
      try file.write([1, 2, 3])
      #expect(try folder.names.count == 1)
    }
    #expect(try folder.names == [])
  }

  @Test func existingFileIsKeptUnlessAskedFor() throws {
    try folder.write("old".utf8, to: "out.bin")
    #expect(throws: OutputError(.alreadyExists, at: path)) {
      try AtomicFile.write([1], to: path)
    }
    #expect(try folder.text(of: "out.bin") == "old")
    try AtomicFile.write(Array("new".utf8), to: path, overwriting: true)
    #expect(try folder.text(of: "out.bin") == "new")
    #expect(try folder.names == ["out.bin"])
  }

  @Test func fileThatComesUpMeanwhileIsKept() throws {
    let file = try AtomicFile(at: path)
    try file.write([1])
    try folder.write("theirs".utf8, to: "out.bin")
    #expect(throws: OutputError(.alreadyExists, at: path)) { try file.commit() }
    #expect(try folder.text(of: "out.bin") == "theirs")
    #expect(try folder.names == ["out.bin"])
  }

  @Test func replacedFileKeepsItsPermissions() throws {
    try folder.write("old".utf8, to: "out.bin")
    chmod(path, 0o640)
    try AtomicFile.write([1], to: path, overwriting: true)
    var status = stat()
    #expect(stat(path, &status) == 0)
    #expect(status.st_mode & 0o777 == 0o640)
  }

  @Test func linkIsFollowedToTheFileItNames() throws {
    try folder.write("old".utf8, to: "real.bin")
    symlink("real.bin", path)
    try AtomicFile.write(Array("new".utf8), to: path, overwriting: true)
    #expect(try folder.text(of: "real.bin") == "new")
    #expect(try FileManager.default.destinationOfSymbolicLink(atPath: path) == "real.bin")
  }

  @Test func missingFolderIsNamedAsUncreatable() throws {
    let path = folder.path + "/none/out.bin"
    #expect(
      throws: OutputError(.cannotCreate(operation: "open", errno: ENOENT), at: path)
    ) {
      try AtomicFile.write([1], to: path)
    }
  }

  @Test func fileInPlaceOfTheFolderIsNamedAsUncreatable() throws {
    try folder.write("".utf8, to: "none")
    let path = folder.path + "/none/out.bin"
    #expect(
      throws: OutputError(.cannotCreate(operation: "open", errno: ENOTDIR), at: path)
    ) {
      try AtomicFile.write([1], to: path)
    }
  }

  @Test(arguments: [true, false]) func deviceAndFolderAreNeverReplaced(isOverwriting: Bool) throws {
    for path in ["/dev/null", folder.path, folder.path + "/", "", "."] {
      #expect(throws: OutputError(.notARegularFile, at: path)) {
        try AtomicFile.write([1], to: path, overwriting: isOverwriting)
      }
    }
  }

  @Test func longestNameFits() throws {
    let name = String(repeating: "ü", count: 127)
    try AtomicFile.write([1], to: folder.path + "/" + name)
    #expect(try folder.names == [name])
  }

  @Test func bytesGoOutInTheOrderOfTheWrites() throws {
    let file = try AtomicFile(at: path)
    for part in 0..<100 { try file.write([UInt8](repeating: UInt8(part), count: 1000)) }
    try file.commit()
    let written = try Data(contentsOf: URL(fileURLWithPath: path))
    #expect(written.count == 100_000)
    #expect(written.indices.allSatisfy { written[$0] == UInt8($0 / 1000) })
    #expect(file.byteCount == 100_000)
  }
}
