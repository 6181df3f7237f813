import Foundation
import ImageCodecs
import Raster
import Testing

@Suite struct ColorProfileTests {
  @Test(arguments: [("wide", ColorProfile.Colors.rgb), ("grey", .grey)])
  func coloursBecomeThoseThatPillowFinds(name: String, colors: ColorProfile.Colors) throws {
    let expected = try JSONDecoder().decode(
      [String: [[[UInt8]]]].self, from: Data(Fixture.bytes("profiles/profiles.json")))
    let pairs = try #require(expected[name])
    let profile = try #require(ColorProfile(Fixture.bytes("profiles/\(name).icc"), of: colors))
    let image = try RasterImage(
      size: PixelSize(width: pairs.count, height: 1), pixels: pairs.flatMap { $0[0] + [77] })
    let converted = image.convertedToSRGB(from: profile).pixels
    for (index, pair) in pairs.enumerated() {
      for channel in 0..<3 {
        let difference = abs(Int(converted[4 * index + channel]) - Int(pair[1][channel]))
        #expect(difference <= 1, "\(pair)")
      }
      #expect(converted[4 * index + 3] == 77)
    }
  }

  @Test func aGreyProfileBecomesTheSameProfileOfRGBEveryTime() throws {
    let bytes = try Fixture.bytes("profiles/grey.icc")
    let first = try #require(ColorProfile(bytes, of: .grey))
    #expect(first == ColorProfile(bytes, of: .grey))
    #expect(first.bytes != bytes)
    #expect(ColorProfile(first.bytes, of: .rgb) == first)
  }

  @Test func profilesOfNoUseAreNone() throws {
    let wide = try Fixture.bytes("profiles/wide.icc")
    #expect(ColorProfile(wide.prefix(200), of: .rgb) == nil)
    #expect(ColorProfile([], of: .rgb) == nil)
    #expect(try ColorProfile(Fixture.bytes("profiles/grey.icc"), of: .rgb) == nil)
  }
}
