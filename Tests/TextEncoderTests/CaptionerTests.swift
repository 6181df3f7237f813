import Foundation
import Raster
import Testing
import TextEncoder
import Tokenizers
import Torch
import TorchTesting
import Weights

@Suite struct CaptionerTests {
  private struct Caption: Decodable {
    let ids: [Int]
    let text: String
  }

  private static let settings = GenerationConfiguration(
    repetitionPenalty: 1.4, endTokens: [258, 256])

  /// The fixture's model behind a tokenizer that has one token for a byte.
  private func captioner(
    _ configuration: Qwen25VLConfiguration? = nil, processor: String = "{}"
  ) throws -> Captioner {
    let configuration = try configuration ?? .init(path: fixturePath("caption.json"))
    let path = FileManager.default.temporaryDirectory.appending(path: "layered-\(UUID()).json")
    try Data(processor.utf8).write(to: path)
    defer { try? FileManager.default.removeItem(at: path) }
    return try Captioner(
      Qwen25VL(configuration, weights: WeightStore(SeededWeights(seed: 4)).root),
      tokenizer: .byteLevel(),
      imageProcessor: ImageProcessor(ImageProcessorConfiguration(path: path.path())),
      settings: Self.settings)
  }

  @Test(arguments: CaptionLanguage.allCases)
  func captionOfAPictureMatchesTransformers(language: CaptionLanguage) throws {
    let data = try Data(contentsOf: URL(filePath: fixturePath("captions.json")))
    let captions = try JSONDecoder().decode([String: Caption].self, from: data)
    let golden = try #require(captions["\(language)"])
    var counts: [Int] = []
    let text = try captioner()(
      picture(width: 130, height: 90), in: language, maximumTokenCount: 24
    ) { counts.append($0) }
    #expect(text == golden.text)
    #expect(counts == Array(1...golden.ids.count))
  }

  @Test func cancelledCaptionEndsAtOnce() async throws {
    let task = Task {
      withUnsafeCurrentTask { $0?.cancel() }
      var count = 0
      do {
        _ = try captioner()(picture(width: 84, height: 56), in: .english) { count = $0 }
        return -1
      } catch is CancellationError {
        return count
      }
    }
    #expect(try await task.value == 0)
  }

  @Test(arguments: [(1, 201), (4000, 10)])
  func longThinPictureIsRefusedWithItsSize(width: Int, height: Int) throws {
    let size = PixelSize(width: width, height: height)
    #expect(throws: ExtremeAspectRatio.self) {
      try captioner()(RasterImage(size: size), in: .english, maximumTokenCount: 1)
    }
  }

  @Test(arguments: [(1, 1), (1, 200), (200, 1), (3, 3)])
  func smallestPicturesAreCaptioned(width: Int, height: Int) throws {
    let image = try RasterImage(size: PixelSize(width: width, height: height))
    _ = try captioner()(image, in: .english, maximumTokenCount: 1)
  }

  @Test func imageTokenOfAnotherTokenizerIsRefused() throws {
    let configuration = try configuration(replacing: [:])
    #expect(throws: MismatchedParts.imageToken(tokenizer: 268, model: 310)) {
      try captioner(configuration)
    }
  }

  @Test func patchesOfAnotherModelAreRefused() throws {
    #expect(throws: MismatchedParts.patches(imageProcessor: [16, 2, 2], model: [14, 2, 2])) {
      try captioner(processor: #"{"patch_size": 16}"#)
    }
  }
}
