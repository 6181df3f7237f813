import AtomicFiles
import FileTesting
import Foundation
import Glibc
import Safetensors
import Testing

/// Files that change while they are mapped.
struct MappedFileTests {
  private let folder: ScratchFolder
  private let path: String

  init() throws {
    folder = try ScratchFolder()
    path = try folder.write(Self.bytes(dataByteCount: 5), to: "model.safetensors")
  }

  private static func bytes(dataByteCount count: Int) -> [UInt8] {
    ExampleFile(
      #"{"a":{"dtype":"U8","shape":[\#(count)],"data_offsets":[0,\#(count)]}}"#,
      data: [UInt8](repeating: 7, count: count)
    ).bytes
  }

  @Test func bytesOutliveTheFileValueAndItsName() throws {
    let bytes = try SafetensorsFile(path: path).bytes(of: "a")
    unlink(path)
    #expect(bytes.copied() == [7, 7, 7, 7, 7])
  }

  @Test func discardedBytesLeaveMemoryAndAreReadAgain() throws {
    let count = 16 << 20
    let header =
      #"{"a":{"dtype":"U8","shape":[\#(count)],"data_offsets":[0,\#(count)]},"#
      + #""b":{"dtype":"U8","shape":[\#(count)],"data_offsets":[\#(count),\#(2 * count)]}}"#
    let data = (0..<2 * count).map { UInt8(truncatingIfNeeded: $0 / 3) }
    let large = try folder.write(
      ExampleFile(header, data: data).bytes, to: "large.safetensors")
    let file = try SafetensorsFile(path: large)
    let a = try file.bytes(of: "a")
    let b = try file.bytes(of: "b")
    let sum = { (tensor: TensorBytes) in
      tensor.withUnsafeBytes { $0.reduce(0) { $0 &+ Int($1) } }
    }
    let sums = [sum(a), sum(b)]
    #expect(ResidentMemory.byteCount(ofMapped: large) > 3 * count / 2)
    a.discard()
    #expect(ResidentMemory.byteCount(ofMapped: large) < 3 * count / 2)
    #expect([sum(a), sum(b)] == sums)
    file.discard()
    #expect(ResidentMemory.byteCount(ofMapped: large) < count / 2)
    #expect([sum(a), sum(b)] == sums)
  }

  @Test func writingInPlaceIsTold() throws {
    let file = try SafetensorsFile(path: path)
    try file.verifyUnchanged()
    let handle = try #require(FileHandle(forUpdatingAtPath: path))
    // A coarse clock may give two writes the same time; a time of its own is told apart for sure.
    try handle.write(contentsOf: Self.bytes(dataByteCount: 5))
    try handle.close()
    var times = [timespec(tv_sec: 1, tv_nsec: 0), timespec(tv_sec: 1, tv_nsec: 0)]
    #expect(utimensat(AT_FDCWD, path, &times, 0) == 0)
    #expect(
      throws: SafetensorsError(.changedSinceOpening("it was written to"), in: path)
    ) {
      try file.verifyUnchanged()
    }
  }

  @Test func shrinkingIsTold() throws {
    let file = try SafetensorsFile(path: path)
    let count = Self.bytes(dataByteCount: 5).count
    truncate(path, count - 1)
    let what = "it had \(count) bytes and has \(count - 1)"
    #expect(throws: SafetensorsError(.changedSinceOpening(what), in: path)) {
      try file.verifyUnchanged()
    }
  }

  @Test func replacementIsTold() throws {
    let file = try SafetensorsFile(path: path)
    try AtomicFile.write(Self.bytes(dataByteCount: 5), to: path, overwriting: true)
    let what = "another file has taken its place"
    #expect(throws: SafetensorsError(.changedSinceOpening(what), in: path)) {
      try file.verifyUnchanged()
    }
  }

  @Test func removalIsTold() throws {
    let file = try SafetensorsFile(path: path)
    unlink(path)
    let what = "it can no longer be read (No such file or directory)"
    #expect(throws: SafetensorsError(.changedSinceOpening(what), in: path)) {
      try file.verifyUnchanged()
    }
  }

  @Test func cutFileInUseEndsTheProcessWithItsName() async throws {
    let result = await #expect(
      processExitsWith: .exitCode(MappedFileFault.exitCode), observing: [\.standardErrorContent]
    ) { [path = path as String] in
      MappedFileFault.install()
      try AtomicFile.write(Self.bytes(dataByteCount: 1 << 20), to: path, overwriting: true)
      let bytes = try SafetensorsFile(path: path).bytes(of: "a")
      let output = try AtomicFile(at: path + ".output")
      try output.write([1])
      truncate(path, 4096)
      let sum = bytes.copied().reduce(0) { $0 + Int($1) }
      print("unreachable", sum, output.byteCount)
    }
    let message = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(message.contains("\"\(path)\": the model file was truncated while in use\n"))
    #expect(try folder.names == ["model.safetensors"])
  }

  @Test func otherBusErrorEndsTheProcessAsBefore() async {
    await #expect(processExitsWith: .signal(SIGBUS)) { [path = path as String] in
      MappedFileFault.install()
      try AtomicFile.write([UInt8](repeating: 1, count: 8192), to: path, overwriting: true)
      let descriptor = open(path, O_RDONLY)
      let address = try #require(mmap(nil, 8192, PROT_READ, MAP_PRIVATE, descriptor, 0))
      truncate(path, 0)
      print("unreachable", address.load(fromByteOffset: 4096, as: UInt8.self))
    }
  }
}
