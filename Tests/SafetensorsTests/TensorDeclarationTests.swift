import Safetensors
import StrictJSON
import Testing

/// What a header says of its tensors.
struct TensorDeclarationTests {
  /// The refusal of a file with one tensor, whose object begins at byte 13.
  private func refusal(
    dtype: String = #""U8""#, shape: String, offsets: String, data: Int = 0
  ) throws -> SafetensorsError.Reason? {
    try ExampleFile(
      #"{"a":{"dtype":\#(dtype),"shape":\#(shape),"data_offsets":\#(offsets)}}"#,
      data: [UInt8](repeating: 0, count: data)
    ).refusal()
  }

  @Test func scalarAndTensorsWithoutElementsAreLegal() throws {
    #expect(try refusal(shape: "[]", offsets: "[0,1]", data: 1) == nil)
    #expect(try refusal(shape: "[0]", offsets: "[0,0]") == nil)
    #expect(try refusal(shape: "[3,0,5]", offsets: "[0,0]") == nil)
  }

  @Test func shapeWhoseProductOverflowsIsRefused() throws {
    for shape: [UInt64] in [
      [2, 18_446_744_073_709_551_614], [1 << 62, 4], [1 << 61, 2, 2], [0, 1 << 62, 1 << 62],
    ] {
      #expect(
        try refusal(shape: "\(shape)", offsets: "[0,0]")
          == .sizeOverflow(tensor: "a", shape: shape, offset: 13))
    }
    #expect(
      try refusal(dtype: #""F64""#, shape: "[\(1 << 60)]", offsets: "[0,0]")
        == .sizeOverflow(tensor: "a", shape: [1 << 60], offset: 13))
  }

  @Test(arguments: ["[-1]", "[1.5]", "[1e3]", "[1.0]", #"["1"]"#, "[NaN]", "[null]", "[[1]]", "1"])
  func shapeOfAnythingButWholeNumbersIsRefused(shape: String) throws {
    guard case .malformedHeader = try refusal(shape: shape, offsets: "[0,1]", data: 1) else {
      Issue.record("\(shape) was accepted")
      return
    }
  }

  @Test func numberTooLargeOrTooLongIsRefused() throws {
    #expect(
      try refusal(shape: "[18446744073709551616]", offsets: "[0,1]", data: 1)
        == .malformedHeader(JSONError(.numberOutOfRange, at: 28)))
    #expect(
      try refusal(shape: "[1e999]", offsets: "[0,1]", data: 1)
        == .malformedHeader(JSONError(.unexpected(expected: .unsignedInteger), at: 28)))
    let long = String(repeating: "1", count: 1 << 20)
    #expect(
      try refusal(shape: "[\(long)]", offsets: "[0,1]", data: 1)
        == .malformedHeader(JSONError(.numberTooLong(limit: 64), at: 28)))
  }

  @Test func moreThan64AxesAreRefused() throws {
    let shape = [Int](repeating: 1, count: 64)
    #expect(try refusal(shape: "\(shape)", offsets: "[0,1]", data: 1) == nil)
    for extra in [1, 2, 1000] {
      #expect(
        try refusal(shape: "\(shape + [Int](repeating: 1, count: extra))", offsets: "[0,1]")
          == .tooManyAxes(tensor: "a", limit: 64, offset: 13))
    }
  }

  @Test func sizeThatContradictsDTypeAndShapeIsRefused() throws {
    #expect(
      try refusal(dtype: #""F32""#, shape: "[2]", offsets: "[0,7]", data: 7)
        == .sizeMismatch(tensor: "a", expected: 8, found: 7, offset: 13))
    #expect(
      try refusal(shape: "[0]", offsets: "[0,1]", data: 1)
        == .sizeMismatch(tensor: "a", expected: 0, found: 1, offset: 13))
  }

  @Test func unknownDTypeIsNamed() throws {
    for dtype in ["F128", "f32", "", "Q4_K"] {
      #expect(
        try refusal(dtype: "\"\(dtype)\"", shape: "[1]", offsets: "[0,1]", data: 1)
          == .unknownDType(dtype, tensor: "a", offset: 13))
    }
  }

  @Test func elementsThatEndInsideAByteAreRefused() throws {
    #expect(
      try refusal(dtype: #""F4""#, shape: "[3]", offsets: "[0,2]", data: 2)
        == .partialByte(tensor: "a", dtype: .float4, shape: [3], offset: 13))
    #expect(try refusal(dtype: #""F4""#, shape: "[4]", offsets: "[0,2]", data: 2) == nil)
    #expect(try refusal(dtype: #""F6_E2M3""#, shape: "[4]", offsets: "[0,3]", data: 3) == nil)
  }

  @Test(arguments: ["dtype", "shape", "data_offsets"])
  func missingFieldIsNamed(field: String) throws {
    let fields = [
      "dtype": #""U8""#, "shape": "[1]", "data_offsets": "[0,1]",
    ].filter { $0.key != field }.map { "\"\($0.key)\":\($0.value)" }
    #expect(
      try ExampleFile("{\"a\":{\(fields.joined(separator: ","))}}", data: [0]).refusal()
        == .missingField(field, tensor: "a", offset: 13))
  }

  @Test func unknownFieldIsPassedOver() throws {
    let header =
      #"{"a":{"x":{"y":[1,"z",null,-1.5e2]},"dtype":"U8","shape":[1],"data_offsets":[0,1]}}"#
    #expect(try ExampleFile(header, data: [0]).refusal() == nil)
  }

  @Test func offsetsMustBeTwoNumbersInOrder() throws {
    for offsets in ["[]", "[0]", "[0,1,2]", "[0,1,2,3,4]"] {
      #expect(
        try refusal(shape: "[1]", offsets: offsets, data: 1)
          == .malformedOffsets(tensor: "a", offset: 13))
    }
    #expect(
      try refusal(shape: "[1]", offsets: "[1,0]", data: 1)
        == .reversedOffsets(tensor: "a", begin: 1, end: 0, offset: 13))
    #expect(
      try refusal(shape: "[1]", offsets: "[0,\(UInt64.max)]", data: 1)
        == .reversedOffsets(tensor: "a", begin: 0, end: .max, offset: 13))
  }

  @Test func longNameIsRefused() throws {
    let name = String(repeating: "n", count: 1 << 20)
    #expect(
      try ExampleFile(
        #"{"\#(name)":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}"#, data: [0]
      ).refusal() == .nameTooLong(byteCount: 1 << 20, limit: 4096, offset: 12 + (1 << 20)))
  }

  @Test(arguments: ["../../etc/passwd", "/absolute", "a\\u0000b", "con", "\\n"])
  func nameIsAnOpaqueKey(name: String) throws {
    let header = #"{"\#(name)":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}"#
    #expect(try ExampleFile(header, data: [0]).refusal() == nil)
  }
}
