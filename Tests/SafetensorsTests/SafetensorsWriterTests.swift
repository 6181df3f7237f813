import AtomicFiles
import FileTesting
import Foundation
import Safetensors
import StrictJSON
import Testing

struct SafetensorsWriterTests {
  private let folder: ScratchFolder
  private var path: String { folder["out.safetensors"] }

  init() throws {
    folder = try ScratchFolder()
  }

  @Test func officialFileIsWrittenAgainByteForByte() throws {
    let fixtures = try #require(Bundle.module.url(forResource: "Fixtures", withExtension: nil))
    for name in ["00001", "00002"] {
      let name = "sharded/diffusion_pytorch_model-\(name)-of-00002.safetensors"
      let official = try SafetensorsFile(path: fixtures.appendingPathComponent(name).path)
      let declarations = official.entries.reversed().map {
        TensorDeclaration(name: $0.name, dtype: $0.dtype, shape: $0.shape)
      }.sorted(by: TensorDeclaration.isInOfficialOrder)
      let writer = try SafetensorsWriter(
        path: path, overwriting: true, declarations, metadata: official.metadata)
      for entry in writer.entries {
        try writer.write(official.bytes(of: entry.name).copied(), of: entry.name)
      }
      try writer.commit()
      #expect(
        try folder.bytes(of: "out.safetensors")
          == Array(Data(contentsOf: fixtures.appendingPathComponent(name))))
    }
  }

  @Test func officialOrderIsThatOfTheOfficialFile() throws {
    let fixtures = try #require(Bundle.module.url(forResource: "Fixtures", withExtension: nil))
    let official = try SafetensorsFile(
      path: fixtures.appendingPathComponent("every-dtype.safetensors").path)
    let declarations = official.entries.reversed().map {
      TensorDeclaration(name: $0.name, dtype: $0.dtype, shape: $0.shape)
    }.sorted(by: TensorDeclaration.isInOfficialOrder)
    // Tensors without bytes share their place with the next one and may be listed either way.
    let names = declarations.filter { !$0.shape.contains(0) }.map(\.name)
    #expect(names == official.entries.filter { $0.byteCount > 0 }.map(\.name))
  }

  @Test func whatIsWrittenInPartsIsReadAsWhole() throws {
    let declarations = [
      TensorDeclaration(name: "before", dtype: .float32, shape: [0, 4]),
      TensorDeclaration(name: "a\"\\\n\u{1}ü", dtype: .uint8, shape: [5]),
      TensorDeclaration(name: "between", dtype: .float64, shape: [0]),
      TensorDeclaration(name: "scalar", dtype: .bfloat16, shape: []),
      TensorDeclaration(name: "after", dtype: .int8, shape: [2, 0]),
    ]
    let metadata = ["format": "pt", "quote\"": "line\nbreak\t\u{1F}"]
    let writer = try SafetensorsWriter(path: path, declarations, metadata: metadata)
    try writer.write([1, 2], of: "a\"\\\n\u{1}ü")
    try writer.write([], of: "scalar")
    try writer.write([3, 4, 5], of: "a\"\\\n\u{1}ü")
    try writer.write([0x80], of: "scalar")
    try writer.write([0x3F], of: "scalar")
    try writer.commit()

    let file = try SafetensorsFile(path: path)
    #expect(file.metadata == metadata)
    #expect(Set(file.entries.map(\.name)) == Set(declarations.map(\.name)))
    for entry in writer.entries { #expect(file.entry(named: entry.name) == entry) }
    #expect(try file.bytes(of: "a\"\\\n\u{1}ü").copied() == [1, 2, 3, 4, 5])
    #expect(try file.bytes(of: "scalar").copied() == [0x80, 0x3F])
    let bytes = try folder.bytes(of: "out.safetensors")
    #expect((Int(bytes[0]) | Int(bytes[1]) << 8).isMultiple(of: 8))
  }

  @Test func fileWithoutTensorsIsThatOfTheOfficialWriter() throws {
    try SafetensorsWriter(path: path, []).commit()
    #expect(
      try folder.bytes(of: "out.safetensors")
        == [8, 0, 0, 0, 0, 0, 0, 0] + Array("{}      ".utf8))
  }

  @Test func declarationsThatNoReaderTakesAreRefused() throws {
    let a = TensorDeclaration(name: "a", dtype: .uint8, shape: [1])
    let cases: [([TensorDeclaration], SafetensorsError.Reason)] = [
      ([a, a], .malformedHeader(JSONError(.repeatedKey("a"), at: 0))),
      (
        [TensorDeclaration(name: "__metadata__", dtype: .uint8, shape: [])],
        .malformedHeader(JSONError(.repeatedKey("__metadata__"), at: 0))
      ),
      (
        [TensorDeclaration(name: "b", dtype: .uint8, shape: [.max, 2])],
        .sizeOverflow(tensor: "b", shape: [UInt64(Int.max), 2], offset: 0)
      ),
      (
        [a, TensorDeclaration(name: "b", dtype: .uint8, shape: [.max])],
        .sizeOverflow(tensor: "b", shape: [UInt64(Int.max)], offset: 0)
      ),
      (
        [TensorDeclaration(name: "b", dtype: .uint8, shape: [-1])],
        .sizeOverflow(tensor: "b", shape: [0], offset: 0)
      ),
      (
        [TensorDeclaration(name: "b", dtype: .uint8, shape: [Int](repeating: 1, count: 65))],
        .tooManyAxes(tensor: "b", limit: 64, offset: 0)
      ),
      (
        [
          TensorDeclaration(name: String(repeating: "n", count: 4097), dtype: .uint8, shape: [])
        ], .nameTooLong(byteCount: 4097, limit: 4096, offset: 0)
      ),
    ]
    for (declarations, reason) in cases {
      #expect(throws: SafetensorsError(reason, in: path)) {
        try SafetensorsWriter(path: path, declarations)
      }
    }
    #expect(try folder.names == [])
  }

  @Test func fileThatIsNotCommittedLeavesNothing() throws {
    do {
      let writer = try SafetensorsWriter(
        path: path, [TensorDeclaration(name: "a", dtype: .uint8, shape: [2])])
      try writer.write([1], of: "a")
    }
    #expect(try folder.names == [])
  }

  @Test func moreThanTheDiskHoldsIsRefusedAtOnce() throws {
    let declaration = TensorDeclaration(name: "a", dtype: .uint8, shape: [1 << 59])
    let error = #expect(throws: OutputError.self) {
      try SafetensorsWriter(path: path, [declaration])
    }
    guard case .inputOutput("find room", _, let needed) = error?.reason else {
      Issue.record("\(error.map { "\($0)" } ?? "none")")
      return
    }
    #expect(needed > 1 << 59)
    #expect(try folder.names == [])
  }
}
