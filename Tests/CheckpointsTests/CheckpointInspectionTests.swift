import Checkpoints
import Foundation
import Testing

@Suite struct CheckpointInspectionTests {
  @Test func wholeFolderIsDescribedWithoutProblems() throws {
    try withTemporaryFolder { scratch in
      let checkpoint = try RandomCheckpoint(.tiny)
      try checkpoint.write(to: scratch + "/model")
      let inspection = try CheckpointInspection(path: scratch + "/model")
      #expect(inspection.problems == [])
      #expect(inspection.components.map(\.name) == checkpoint.layouts.map(\.name))
      #expect(inspection.components.map(\.tensorCount) == checkpoint.layouts.map(\.entries.count))
      #expect(
        inspection.components.map(\.parameterCount) == checkpoint.layouts.map(\.parameterCount))
      #expect(inspection.components.reduce(0) { $0 + $1.byteCount } == checkpoint.byteCount)
      #expect(inspection.components.allSatisfy { $0.dtypes == ["BF16"] && $0.fileCount == 1 })
      #expect(
        inspection.components.map(\.className) == [
          "Qwen2_5_VLForConditionalGeneration", "QwenImageTransformer2DModel",
          "AutoencoderKLQwenImage",
        ])
      #expect(inspection.tokenizer?.tokenCount == 278)
      #expect(inspection.scheduler?.timeShift == "linear")
    }
  }

  @Test func everythingThatDoesNotFitIsReportedBesideWhatDoes() throws {
    try withTemporaryFolder { scratch in
      let path = scratch + "/model"
      try RandomCheckpoint(.tiny).write(to: path)
      try FileManager.default.removeItem(atPath: path + "/vae")
      try Data("{}".utf8).write(to: URL(fileURLWithPath: path + "/transformer/config.json"))
      let inspection = try CheckpointInspection(path: path)
      #expect(inspection.components.map(\.name) == ["text_encoder"])
      #expect(
        inspection.problems == [
          "\(path)/transformer/config.json: 'num_layers': is missing",
          "\(path): the component 'vae' is missing",
        ])
    }
  }

  @Test func partsThatContradictEachOtherAreReported() throws {
    try withTemporaryFolder { scratch in
      let path = scratch + "/model"
      try RandomCheckpoint(.tiny).write(to: path)
      try RandomCheckpoint(.small).write(to: scratch + "/small")
      try FileManager.default.removeItem(atPath: path + "/transformer")
      try FileManager.default.moveItem(
        atPath: scratch + "/small/transformer", toPath: path + "/transformer")
      #expect(
        try CheckpointInspection(path: path).problems == [
          "\(path): the transformer takes text features of width 256, the text encoder gives 64"
        ])
    }
  }
}
