import AtomicFiles
import FileTesting
import Foundation
import Glibc
import Testing

struct AtomicFolderTests {
  private let folder: ScratchFolder
  private var path: String { folder["out"] }

  init() throws {
    folder = try ScratchFolder()
  }

  @Test func newFolderAppearsWhole() throws {
    let output = try AtomicFolder(at: path + "/")
    try output.write(Array("a".utf8), named: "a")
    let file = try output.makeFile(named: "inner/b")
    try file.write(Array("b".utf8))
    try file.commit()
    #expect(try !folder.names.contains("out"))
    try output.commit()
    #expect(try folder.names == ["out"])
    #expect(try ScratchFolder.names(in: path) == ["a", "inner"])
    #expect(try folder.text(of: "out/inner/b") == "b")
  }

  @Test func droppedFolderLeavesNothing() throws {
    do {
      let output = try AtomicFolder(at: path)
      try output.write([1], named: "inner/deeper/a")
      _ = try output.makeFile(named: "unfinished")
    }
    #expect(try folder.names == [])
  }

  @Test func filesAppearTogetherInAnExistingFolder() throws {
    try folder.write("old".utf8, to: "out/old")
    let output = try AtomicFolder(at: path)
    try output.write([1], named: "a")
    try output.write([2], named: "b")
    #expect(try ScratchFolder.names(in: path).filter { !$0.hasPrefix(".") } == ["old"])
    try output.commit()
    #expect(try ScratchFolder.names(in: path) == ["a", "b", "old"])
  }

  @Test func existingFilesAreKeptUnlessAskedFor() throws {
    try folder.write("old".utf8, to: "out/b")
    let refused = try AtomicFolder(at: path)
    try refused.write([1], named: "a")
    #expect(throws: OutputError(.alreadyExists, at: path + "/b")) {
      try refused.write([1], named: "b")
    }
    refused.discard()
    #expect(try ScratchFolder.names(in: path) == ["b"])

    let output = try AtomicFolder(at: path, overwriting: true)
    try output.write(Array("new".utf8), named: "b")
    try output.commit()
    #expect(try folder.text(of: "out/b") == "new")
  }

  @Test func fileThatComesUpMeanwhileTakesTheOthersBack() throws {
    try folder.write([], to: "out/old")
    let output = try AtomicFolder(at: path)
    try output.write([1], named: "a")
    try output.write([2], named: "b")
    try folder.write("theirs".utf8, to: "out/b")
    #expect(throws: OutputError(.alreadyExists, at: path)) { try output.commit() }
    #expect(try ScratchFolder.names(in: path) == ["b", "old"])
    #expect(try folder.text(of: "out/b") == "theirs")
  }

  @Test func folderThatComesUpMeanwhileIsKept() throws {
    let output = try AtomicFolder(at: path)
    try output.write([1], named: "a")
    try folder.write("theirs".utf8, to: "out/b")
    #expect(throws: OutputError(.alreadyExists, at: path)) { try output.commit() }
    #expect(try folder.names == ["out"])
    #expect(try ScratchFolder.names(in: path) == ["b"])
  }

  @Test(arguments: ["../x", "/x", "a/../../x", "", ".", "..", "a//b", "a/", "a\0b"])
  func nameThatLeavesTheFolderIsRefused(name: String) throws {
    let output = try AtomicFolder(at: path)
    #expect(throws: OutputError(.unsafeName(name), at: path)) { try output.makeFile(named: name) }
    output.discard()
    #expect(try folder.names == [])
  }

  @Test func placeThatCannotHoldAFolderIsUncreatable() throws {
    try folder.write([], to: "file")
    #expect(
      throws: OutputError(
        .cannotCreate(operation: "open folder", errno: ENOTDIR), at: folder["file"])
    ) {
      try AtomicFolder(at: folder["file"])
    }
    #expect(
      throws: OutputError(
        .cannotCreate(operation: "make folder", errno: ENOENT), at: folder["none/out"])
    ) {
      try AtomicFolder(at: folder["none/out"])
    }
  }

  @Test func writersInOneFolderDoNotMix() async throws {
    try folder.write([], to: "out/lock")
    let names = (0..<8).map { "layer-\($0)" }
    try await withThrowingTaskGroup(of: Void.self) { group in
      for writer in 0..<8 {
        group.addTask { [path] in
          let output = try AtomicFolder(at: path, overwriting: true)
          for name in names { try output.write([UInt8(writer)], named: name) }
          try output.commit()
        }
      }
      try await group.waitForAll()
    }
    let contents = try Set(names.map { try folder.bytes(of: "out/" + $0) })
    #expect(contents.count == 1)
    #expect(try ScratchFolder.names(in: path) == names + ["lock"])
  }
}
