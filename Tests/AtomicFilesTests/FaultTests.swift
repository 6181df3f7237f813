import AtomicFiles
import FileTesting
import Glibc
import Synchronization
import Testing

/// A disk that fails at any call, and processes that die at any call.
struct FaultTests {
  private let folder: ScratchFolder
  private var path: String { folder["out.bin"] }

  init() throws {
    folder = try ScratchFolder()
  }

  /// Runs `write` with each of its calls failing in turn, until it succeeds.
  ///
  /// - Returns: The errors in the order of the calls.
  private func errors(
    with code: Int32, of write: () throws -> Void, afterEach check: (OutputError) throws -> Void
  ) throws -> [OutputError] {
    var errors: [OutputError] = []
    while errors.count < 100 {
      do {
        try FileSystemCalls.$current.withValue(CallCounter.failing(at: errors.count, with: code)) {
          try write()
        }
        return errors
      } catch let error as OutputError {
        errors.append(error)
        try check(error)
      }
    }
    Issue.record("it never succeeds")
    return errors
  }

  private func writeInParts(overwriting isOverwriting: Bool) throws {
    let file = try AtomicFile(at: path, overwriting: isOverwriting, expectedByteCount: 3)
    for part in ["n", "e", "w"] { try file.write(Array(part.utf8)) }
    try file.commit()
  }

  @Test(arguments: [ENOSPC, EDQUOT, EIO])
  func failureAtAnyCallLeavesTheOldFileAndNothingElse(code: Int32) throws {
    try folder.write("old".utf8, to: "out.bin")
    let errors = try errors(with: code, of: { try writeInParts(overwriting: true) }) { error in
      #expect(error.path == path)
      // The last call makes the new name durable: it fails with the new file in place.
      let isNamed =
        error.reason
        == .inputOutput(
          operation: "synchronize folder", errno: code, bytesNeeded: 3)
      #expect(try folder.text(of: "out.bin") == (isNamed ? "new" : "old"))
      #expect(try folder.names == ["out.bin"])
      if isNamed { try folder.write("old".utf8, to: "out.bin") }
    }
    #expect(
      errors.map(\.reason) == [
        .cannotCreate(operation: "open", errno: code),
        .inputOutput(operation: "write", errno: code, bytesNeeded: 3),
        .inputOutput(operation: "write", errno: code, bytesNeeded: 3),
        .inputOutput(operation: "write", errno: code, bytesNeeded: 3),
        .inputOutput(operation: "synchronize", errno: code, bytesNeeded: 3),
        .inputOutput(operation: "close", errno: code, bytesNeeded: 3),
        .inputOutput(operation: "rename", errno: code, bytesNeeded: 3),
        .inputOutput(operation: "synchronize folder", errno: code, bytesNeeded: 3),
      ])
    #expect(try folder.text(of: "out.bin") == "new")
  }

  @Test func failureAtAnyCallLeavesNoNewFile() throws {
    let errors = try errors(with: EIO, of: { try writeInParts(overwriting: false) }) { error in
      let isNamed =
        error.reason
        == .inputOutput(
          operation: "synchronize folder", errno: EIO, bytesNeeded: 3)
      let names = try folder.names
      #expect(names == (isNamed ? ["out.bin"] : []))
      if isNamed { unlink(path) }
    }
    #expect(errors.count == 8)
  }

  @Test func failureAtAnyCallLeavesNoNewFolder() throws {
    let write = {
      let output = try AtomicFolder(at: folder["out"])
      try output.write([1], named: "a")
      try output.write([2], named: "inner/b")
      try output.commit()
    }
    let errors = try errors(with: ENOSPC, of: write) { error in
      let names = try folder.names
      guard names == ["out"] else {
        #expect(names == [])
        return
      }
      // Only the very last call, which makes the name durable, comes after the name.
      #expect(try ScratchFolder.names(in: folder["out"]) == ["a", "inner"])
      try folder.remove("out")
    }
    #expect(errors.count == 14)
    #expect(try folder.names == ["out"])
  }

  @Test func failureAtAnyCallLeavesNoneOfTheFilesTogether() throws {
    try folder.write([0], to: "out/other")
    let write = {
      let output = try AtomicFolder(at: folder["out"])
      for name in ["a", "b", "c"] { try output.write([1], named: name) }
      try output.commit()
    }
    _ = try errors(with: ENOSPC, of: write) { error in
      let names = try ScratchFolder.names(in: folder["out"])
      guard names != ["a", "b", "c", "other"] else {
        for name in ["a", "b", "c"] { remove(folder["out/" + name]) }
        return
      }
      #expect(names == ["other"])
    }
    #expect(try ScratchFolder.names(in: folder["out"]) == ["a", "b", "c", "other"])
  }

  @Test func interruptedAndShortWritesAreContinued() throws {
    let real = FileSystemCalls()
    let turn = Mutex(0)
    var calls = real
    calls.write = { descriptor, bytes, count in
      let turn = turn.withLock { turn in
        turn += 1
        return turn
      }
      guard turn.isMultiple(of: 2) else {
        errno = EINTR
        return -1
      }
      return real.write(descriptor, bytes, min(count, 3))
    }
    try FileSystemCalls.$current.withValue(calls) {
      try AtomicFile.write(Array("0123456789".utf8), to: path)
    }
    #expect(try folder.text(of: "out.bin") == "0123456789")
  }

  @Test func fileSystemWithoutSecondNamesStillRefusesToReplace() throws {
    var calls = FileSystemCalls()
    calls.link = { _, _ in
      errno = EPERM
      return -1
    }
    try FileSystemCalls.$current.withValue(calls) {
      try AtomicFile.write(Array("new".utf8), to: path)
      let file = try AtomicFile(at: folder["second"])
      try file.write([1])
      try folder.write("theirs".utf8, to: "second")
      #expect(throws: OutputError(.alreadyExists, at: folder["second"])) { try file.commit() }
    }
    #expect(try folder.text(of: "second") == "theirs")
    #expect(try folder.names == ["out.bin", "second"])
  }

  @Test func knownSizeThatDoesNotFitIsRefusedBeforeAnyByte() throws {
    var calls = FileSystemCalls()
    calls.freeByteCount = { _ in 999 }
    FileSystemCalls.$current.withValue(calls) {
      let error = OutputError(
        .inputOutput(operation: "find room", errno: ENOSPC, bytesNeeded: 1000), at: path)
      #expect(throws: error) { try AtomicFile(at: path, expectedByteCount: 1000) }
      #expect(error.description.hasSuffix("No space left on device (1000 bytes are needed)"))
    }
    #expect(try folder.names == [])
  }

  @Test func limitOnFileSizesIsReported() async {
    await #expect(processExitsWith: .success) {
      let folder = try ScratchFolder()
      signal(SIGXFSZ, SIG_IGN)
      var limit = rlimit(rlim_cur: 1000, rlim_max: 1000)
      setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit)
      let path = folder["out.bin"]
      #expect(
        throws: OutputError(
          .inputOutput(operation: "write", errno: EFBIG, bytesNeeded: 5000), at: path)
      ) {
        try AtomicFile.write([UInt8](repeating: 1, count: 5000), to: path)
      }
      #expect(try folder.names == [])
    }
  }

  @Test func everyWriteAfterAFailureFailsAlike() throws {
    try FileSystemCalls.$current.withValue(CallCounter.failing(at: 1, with: EIO)) {
      let file = try AtomicFile(at: path)
      let error = OutputError(
        .inputOutput(operation: "write", errno: EIO, bytesNeeded: 1), at: path)
      #expect(throws: error) { try file.write([1]) }
      #expect(throws: error) { try file.write([1]) }
      #expect(throws: error) { try file.commit() }
    }
    #expect(try folder.names == [])
  }

  // MARK: Processes that die

  @Test(arguments: 0..<9) func killedProcessLeavesTheOldFileOrTheNewOne(call: Int) async throws {
    try folder.write("old".utf8, to: "out.bin")
    await #expect(processExitsWith: call < 8 ? .signal(SIGKILL) : .success) {
      [path = path as String, call = call as Int] in
      let calls = CallCounter().calls { number in
        if number == call { kill(getpid(), SIGKILL) }
        return nil
      }
      try FileSystemCalls.$current.withValue(calls) {
        let file = try AtomicFile(at: path, overwriting: true)
        for part in ["n", "e", "w"] { try file.write(Array(part.utf8)) }
        try file.commit()
      }
    }
    #expect(try folder.text(of: "out.bin") == (call < 7 ? "old" : "new"))
    // The next process to write here clears what the dead one left.
    try AtomicFile.write([1], to: folder["next.bin"])
    #expect(try folder.names == ["next.bin", "out.bin"])
  }

  @Test func folderOfAKilledProcessIsClearedByTheNext() async throws {
    await #expect(processExitsWith: .signal(SIGKILL)) { [path = folder["out"] as String] in
      let output = try AtomicFolder(at: path)
      try output.write([1], named: "a")
      try output.write([1], named: "deep/er/b")
      kill(getpid(), SIGKILL)
    }
    #expect(try folder.names.count == 1)
    try AtomicFile.write([1], to: folder["next.bin"])
    #expect(try folder.names == ["next.bin"])
  }

  @Test func handlerRemovesEverythingInTheMaking() async throws {
    await #expect(processExitsWith: .exitCode(130)) { [path = folder.path as String] in
      LiveTemporaries.prepare()
      signal(SIGINT) { _ in
        LiveTemporaries.removeAll()
        _exit(130)
      }
      let output = try AtomicFolder(at: path + "/out")
      let inner = try output.makeFile(named: "deep/er/b")
      try inner.write([1])
      let file = try AtomicFile(at: path + "/out.bin")
      try file.write([1])
      try AtomicFile.write([1], to: path + "/done.bin")
      // Another thread receives the signal, while this one stays where it is.
      kill(getpid(), SIGINT)
      sleep(60)
      print("unreachable", file.byteCount, inner.byteCount, output.path)
    }
    #expect(try folder.names == ["done.bin"])
  }
}
