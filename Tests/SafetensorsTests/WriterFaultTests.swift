import AtomicFiles
import FileTesting
import Glibc
import Safetensors
import Synchronization
import Testing

/// The writers on a disk that fills up at any write.
struct WriterFaultTests {
  private let folder: ScratchFolder

  init() throws {
    folder = try ScratchFolder()
  }

  private static let declarations = ["a", "b", "c"].map {
    TensorDeclaration(name: $0, dtype: .uint8, shape: [4])
  }

  private func writeFile() throws {
    let writer = try SafetensorsWriter(path: folder["out.safetensors"], Self.declarations)
    for declaration in Self.declarations { try writer.write([1, 2, 3, 4], of: declaration.name) }
    try writer.commit()
  }

  private func writeShards() throws {
    let output = try AtomicFolder(at: folder["out"])
    let writer = try ShardedSafetensorsWriter(
      stem: "model", in: output, Self.declarations, maximumShardByteCount: 4)
    for declaration in Self.declarations {
      try ([1, 2, 3, 4] as [UInt8]).withUnsafeBytes { try writer.write($0, of: declaration.name) }
    }
    try writer.commit()
    try output.commit()
  }

  /// Fails each write in turn until all succeed; nothing may be left by a failed one.
  private func failures(of write: () throws -> Void) throws -> Int {
    for number in 0..<100 {
      let writeCount = Mutex(0)
      var calls = FileSystemCalls()
      let real = calls.write
      calls.write = { descriptor, bytes, count in
        let turn = writeCount.withLock { turn in
          turn += 1
          return turn - 1
        }
        guard turn == number else { return real(descriptor, bytes, count) }
        errno = ENOSPC
        return -1
      }
      do {
        try FileSystemCalls.$current.withValue(calls) { try write() }
        return number
      } catch let error as OutputError {
        #expect(error.description.contains("No space left on device"))
        #expect(error.description.contains("bytes are needed"))
        let names = try folder.names
        #expect(names == [])
      }
    }
    return 100
  }

  @Test func fullDiskLeavesNoFile() throws {
    #expect(try failures(of: writeFile) == 4)
    #expect(try SafetensorsFile(path: folder["out.safetensors"]).entries.count == 3)
  }

  @Test func fullDiskLeavesNoShard() throws {
    #expect(try failures(of: writeShards) == 7)
    #expect(try ShardedSafetensors(path: folder["out"]).entries.count == 3)
  }
}
