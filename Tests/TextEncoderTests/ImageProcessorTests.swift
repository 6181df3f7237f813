import Foundation
import Raster
import Testing
import TextEncoder
import Torch
import TorchTesting
import Weights

@Suite struct ImageProcessorTests {
  private func configuration(_ text: String) throws -> ImageProcessorConfiguration {
    let path = FileManager.default.temporaryDirectory.appending(path: "layered-\(UUID()).json")
    try Data(text.utf8).write(to: path)
    defer { try? FileManager.default.removeItem(at: path) }
    return try ImageProcessorConfiguration(path: path.path())
  }

  private func processor(_ text: String = "{}") throws -> ImageProcessor {
    try ImageProcessor(configuration(text))
  }

  @Test(arguments: [
    ((640, 640), (644, 644)), ((864, 480), (868, 476)), ((736, 544), (728, 532)),
    ((1024, 1024), (1036, 1036)), ((704, 1504), (700, 1512)), ((64, 5120), (56, 5124)),
    ((100, 100), (112, 112)), ((4000, 3000), (4004, 2996)), ((30, 20), (84, 56)),
  ]) func sizesAreThoseOfTheTable(from: (Int, Int), to: (Int, Int)) throws {
    let resized = try processor().resizedSize(of: PixelSize(width: from.0, height: from.1))
    #expect(resized == PixelSize(width: to.0, height: to.1))
  }

  @Test func sizesMatchTransformers() throws {
    struct Case: Decodable {
      let from: [Int]
      let limits: [Int]
      let to: [Int]?
    }
    let data = try Data(contentsOf: URL(filePath: fixturePath("resized-sizes.json")))
    for golden in try JSONDecoder().decode([Case].self, from: data) {
      let processor = try processor(
        #"{"min_pixels": \#(golden.limits[0]), "max_pixels": \#(golden.limits[1])}"#)
      let size = PixelSize(width: golden.from[0], height: golden.from[1])
      if let to = golden.to {
        #expect(
          try processor.resizedSize(of: size) == PixelSize(width: to[0], height: to[1]), "\(size)")
      } else {
        #expect(throws: ExtremeAspectRatio.self, "\(size)") {
          try processor.resizedSize(of: size)
        }
      }
    }
  }

  @Test(arguments: [(84, 56), (61, 45), (30, 20), (130, 90)])
  func patchesMatchTransformers(width: Int, height: Int) throws {
    let golden = try Golden("image-processor")
    let (patches, grid) = try processor()(picture(width: width, height: height))
    let name = "\(width)x\(height)"
    let shape = try golden[name + ".grid"].values(as: Int64.self).map(Int.init)
    #expect(shape == [1, grid.rows, grid.columns])
    #expect(patches.shape == [grid.count, 1176])
    try expectClose(
      patches.strided(from: 0, by: 49, along: 1), golden[name], relative: 0, absolute: 1e-6)
  }

  @Test func nestedNewerAndOlderFormAreTheSame() throws {
    let older = try configuration(
      """
      {"min_pixels": 3136, "max_pixels": 12845056, "patch_size": 14, "temporal_patch_size": 2,
      "merge_size": 2, "image_mean": [0.48145466, 0.4578275, 0.40821073],
      "image_std": [0.26862954, 0.26130258, 0.27577711], "resample": 3, "do_resize": true,
      "image_processor_type": "Qwen2VLImageProcessor", "rescale_factor": 0.00392156862745098}
      """)
    let newer = try configuration(
      """
      {"image_processor": {"size": {"shortest_edge": 3136, "longest_edge": 12845056},
      "do_normalize": true}, "processor_class": "Qwen2_5_VLProcessor"}
      """)
    #expect(older == newer)
    #expect(try configuration("{}") == newer)
  }

  @Test(arguments: [
    (#"{"min_pixels": 0}"#, "min_pixels"), (#"{"max_pixels": 100}"#, "max_pixels"),
    (#"{"max_pixels": 1000000000000}"#, "max_pixels"), (#"{"patch_size": 0}"#, "patch_size"),
    (#"{"merge_size": -2}"#, "merge_size"),
    (#"{"temporal_patch_size": 99}"#, "temporal_patch_size"),
    (#"{"image_mean": [0.5]}"#, "image_mean"), (#"{"image_std": [0.5, 0, 0.5]}"#, "image_std"),
    (#"{"resample": 1}"#, "resample"), (#"{"do_rescale": false}"#, "do_resize"),
    (#"{"rescale_factor": -1}"#, "rescale_factor"),
    (#"{"size": {"shortest_edge": "a"}}"#, "size.shortest_edge"),
  ]) func impossibleSettingNamesItsKey(text: String, key: String) throws {
    let error = #expect(throws: ConfigurationError.self) { try configuration(text) }
    #expect(error?.key == key, "\(error?.description ?? "")")
  }
}
