import ByteIO
import Foundation
import PSD
import Raster
import RasterTesting
import Testing

/// Real files that lie beside the project, not in it.
enum Corpus {
  static let paths: [String] = {
    let folder = Corpora.path + "/psd"
    let names = FileManager.default.enumerator(atPath: folder)?.compactMap { $0 as? String } ?? []
    return names.filter { $0.hasSuffix(".psd") || $0.hasSuffix(".psb") }.sorted()
      .map { "\(folder)/\($0)" }
  }()

  static func bytes(of path: String) throws -> [UInt8] {
    [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
  }
}

@Suite(.enabled(if: !Corpus.paths.isEmpty, "the corpora are not beside the project"))
struct CorpusTests {
  @Test func everyFileOpensAndIsWrittenBackByteForByteOrIsRefused() throws {
    var opened = 0
    var refused: [String] = []
    for path in Corpus.paths {
      let bytes = try Corpus.bytes(of: path)
      do throws(MalformedData) {
        let file = try PhotoshopFile(reading: bytes)
        opened += 1
        let written = try? file.bytes()
        #expect(written == bytes, "\(path) differs when written back")
      } catch {
        refused.append("\(path.split(separator: "/").last ?? ""): \(error)")
        #expect(path.contains("/fixtures/errors/"), "\(path) is sound: \(error)")
      }
    }
    print("\(opened) opened and written back, \(refused.count) refused:")
    for line in refused { print("  \(line)") }
  }

  @Test func theChannelsOfEveryFileDecodeOrAreRefused() throws {
    var pictureCount = 0
    var layerCount = 0
    var refused: [String] = []
    for path in Corpus.paths {
      guard let file = try? PhotoshopFile(reading: Corpus.bytes(of: path)) else { continue }
      let name = "\(path.split(separator: "/").last ?? "")"
      do throws(MalformedData) {
        _ = try file.mergedPicture()
        pictureCount += 1
      } catch {
        refused.append("\(name): \(error)")
      }
      for (index, layer) in file.layerAndMaskInformation.layers.enumerated() {
        do throws(MalformedData) {
          layerCount += try file.pixels(of: layer) == nil ? 0 : 1
          guard let mask = layer.mask else { continue }
          _ = try file.maskSamples(-2, of: layer, in: mask.mask.rectangle)
          if let user = mask.userMask {
            _ = try file.maskSamples(-3, of: layer, in: user.rectangle)
          }
        } catch {
          refused.append("\(name): \(error.within("layer \(index)"))")
        }
      }
    }
    print(
      "\(pictureCount) merged pictures and \(layerCount) layers decoded, \(refused.count) refused:")
    for line in refused { print("  \(line)") }
    // One ends before its merged picture, the other has layers two bytes away from where it says.
    let broken = ["group-divider-blend-mode.psd", "luni.psd"]
    #expect(refused.allSatisfy { line in broken.contains { line.hasPrefix($0) } })
  }

  @Test func everyOpenedFileBecomesADocument() throws {
    var opened = 0
    var layerCount = 0
    var groupCount = 0
    var warnings: [String] = []
    for path in Corpus.paths {
      guard let file = try? PhotoshopFile(reading: Corpus.bytes(of: path)) else { continue }
      let name = "\(path.split(separator: "/").last ?? "")"
      let read = try file.readDocument(isLenient: true)
      opened += 1
      layerCount += read.document.layers.count
      groupCount += read.document.entries.count - read.document.layers.count
      warnings += read.warnings.map { "\(name): \($0)" }
    }
    print("\(opened) documents with \(layerCount) layers and \(groupCount) groups")
    for line in warnings { print("  \(line)") }
    #expect(opened > 0)
  }

  /// Blended as colours they miss the file's own picture by 36 dB.
  @Test(arguments: ["cmyk8bit.psd", "cmyk16bit.psd", "cmyk8bit_transparent.psd"])
  func inksAreMergedBeforeTheyBecomeColours(name: String) throws {
    let path = try #require(Corpus.paths.first { $0.hasSuffix("/" + name) })
    let file = try PhotoshopFile(reading: Corpus.bytes(of: path))
    let merged = try #require(try InkDocument(of: file)).composite()
    let comparison = try merged.overWhite.recomposed(as: file.mergedPicture().overWhite)
    #expect(comparison.psnr > 50, "\(name): \(comparison.psnr) dB")
  }
}

extension RasterImage {
  fileprivate var overWhite: RasterImage {
    get throws {
      let white = RGBAPixel(red: 255, green: 255, blue: 255, alpha: 255)
      return try RasterImage(size: size, filledWith: white).composited(under: self)
    }
  }

  fileprivate func recomposed(as other: RasterImage) throws -> Recomposition {
    try Recomposition(of: other, from: self)
  }
}
