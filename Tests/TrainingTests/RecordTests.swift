import FileTesting
import FoundationEssentials
import Testing

@testable import Training

/// What a run writes for people to read: `metrics.jsonl` and TensorBoard's events.
@Suite struct RecordTests {
  private func metrics(_ step: Int) -> TrainingMetrics {
    TrainingMetrics(
      step: step, stepCount: 10, epoch: 0, loss: 0.5, gradientNorm: 1, learningRate: 1e-4,
      isSkipped: false, sampleCount: 2, tokenCount: 100, seconds: 0.1)
  }

  @Test func aRunThatGoesOnCutsOffLaterAndPartialLines() throws {
    let scratch = try ScratchFolder()
    let path = scratch.path + "/metrics.jsonl"
    var log: MetricsLog? = try MetricsLog(path: path, upToStep: 0)
    for step in 1...4 { try log?.append(metrics(step)) }
    log = nil
    var bytes = try Data(contentsOf: URL(filePath: path))
    bytes += Data(#"{"step":5,"lo"#.utf8)
    try bytes.write(to: URL(filePath: path))
    log = try MetricsLog(path: path, upToStep: 2)
    try log?.append(metrics(3))
    let lines = try String(contentsOf: URL(filePath: path), encoding: .utf8).split(separator: "\n")
    #expect(lines.count == 3)
    #expect(lines.last?.contains(#""step":3"#) == true)
  }

  @Test func checksumsOfRecordsAreThoseOfTensorFlow() {
    // CRC-32C of "123456789" is 0xE3069283 (RFC 3720, B.4 lists others); masked as in TensorFlow's crc32c.h.
    let crc: UInt32 = 0xE306_9283
    let expected = (crc >> 15 | crc << 17) &+ 0xA282_EAD8
    #expect(maskedChecksum(Array("123456789".utf8)) == expected)
  }

  @Test func eventsAreRecordsOfTheirLength() throws {
    let scratch = try ScratchFolder()
    try TensorBoardFile(in: scratch.path, after: 7).append([("loss", 0.25)], step: 8)
    let name = try #require(try scratch.names.first)
    #expect(name.hasPrefix("events.out.tfevents."))
    let bytes = try Data(contentsOf: URL(filePath: scratch.path + "/" + name))
    var rest = [UInt8](bytes)[...]
    var records: [[UInt8]] = []
    while !rest.isEmpty {
      let length = rest.prefix(8).reversed().reduce(0) { $0 << 8 | Int($1) }
      records.append(Array(rest.dropFirst(12).prefix(length)))
      rest = rest.dropFirst(16 + length)
    }
    #expect(records.count == 3)
    #expect(String(decoding: records[0], as: UTF8.self).contains("brain.Event:2"))
    #expect(String(decoding: records[2], as: UTF8.self).contains("loss"))
  }
}
