import Raster
import Reports
import Testing

@Suite struct ReportsTests {
  @Test(arguments: [
    (0.5, 2, "0.50"), (-0.001, 2, "0.00"), (-1.25, 1, "-1.3"), (12.3456, 4, "12.3456"),
    (7, 0, "7"), (.nan, 2, "–"), (.infinity, 2, "–"), (1e300, 2, "–"),
  ])
  func numbersHaveTheDigitsThatWereAskedFor(value: Double, places: Int, text: String) {
    #expect(fixedPoint(value, places: places) == text)
  }

  @Test func textCannotEndThePage() {
    var page = HTMLPage(title: "</title><script>")
    page.table(["a"], [["<img src=x>"]])
    page.bars("<i>", [("<b>", 1)])
    page.curves("<u>", [("<s>", [0, 1])])
    for tag in ["<script>", "<img", "<i>", "<b>", "<u>", "<s>"] {
      #expect(!page.text.contains(tag))
    }
  }

  @Test func aHistogramCountsEveryFiniteValueOnce() {
    var page = HTMLPage(title: "")
    page.histogram("values", [-1, 0, 0.5, 0.51, 1, 2, .nan], in: 0...1)
    let counts = page.text.split(separator: "text-anchor=\"middle\">").dropFirst().enumerated()
      .filter { $0.offset.isMultiple(of: 2) }.compactMap { Int($0.element.prefix { $0 != "<" }) }
    #expect(counts.count == 20)
    #expect(counts.reduce(0, +) == 6)
    #expect(counts[0] == 2 && counts[10] == 2 && counts[19] == 2)
  }

  @Test func picturesBelowOneAnotherBeginInOneColumn() throws {
    let red = RGBAPixel(red: 255, green: 0, blue: 0, alpha: 255)
    func picture(_ width: Int, _ height: Int) throws -> RasterImage {
      try RasterImage(size: PixelSize(width: width, height: height), filledWith: red)
    }
    let sheet = try PictureSheet().image(of: [
      [picture(10, 4), picture(3, 3)], [picture(2, 2), picture(5, 5)],
    ])
    #expect(sheet.size == PixelSize(width: 8 + 10 + 8 + 5 + 8, height: 8 + 4 + 8 + 5 + 8))
    #expect(sheet[x: 26, y: 8] == red)
    #expect(sheet[x: 26, y: 20] == red)
    #expect(sheet[x: 25, y: 20].green == 255)
  }

  @Test func whatIsTransparentShowsACheckerboard() throws {
    let sheet = try PictureSheet(longestSide: 16).image(of: [
      [RasterImage(size: PixelSize(width: 32, height: 32))]
    ])
    #expect(sheet.size == PixelSize(width: 32, height: 32))
    #expect(sheet[x: 8, y: 8].red == 204 && sheet[x: 16, y: 8].red == 238)
    #expect(sheet.isOpaque)
  }
}
