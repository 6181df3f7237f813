import DocumentModel
import Testing

@Suite struct BlendModeTests {
  @Test func thereAreTwentySevenModesAndPassThrough() {
    #expect(BlendMode.allCases.count == 28)
  }

  @Test func namesWorkBothWays() {
    for mode in BlendMode.allCases {
      #expect(mode.photoshopKey.utf8.count == 4)
      #expect(BlendMode(photoshopKey: mode.photoshopKey) == mode)
      #expect((mode.openRasterName == nil) == (mode == .passThrough))
      if let name = mode.openRasterName { #expect(BlendMode(openRasterName: name) == mode) }
    }
    #expect(BlendMode(photoshopKey: "div ") == .colorDodge)
    #expect(BlendMode(photoshopKey: "idiv") == .colorBurn)
    #expect(BlendMode(openRasterName: "svg:plus") == .linearDodge)
    #expect(BlendMode(openRasterName: "svg:exclusion") == .exclusion)
  }

  @Test func unknownNamesAreNone() {
    #expect(BlendMode(photoshopKey: "BoEF") == nil)
    #expect(BlendMode(photoshopKey: "") == nil)
    #expect(BlendMode(openRasterName: "svg:dst-out") == nil)
  }
}
