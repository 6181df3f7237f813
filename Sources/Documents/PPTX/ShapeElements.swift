import Raster
import StrictXML

/// The text of a box with one style for all of it.
struct StyledText {
  var lines: [Substring]
  var fontName: String?
  /// In hundredths of a point.
  var fontSize: Int?
  var color: RGBAPixel
  /// 0...1, beside the colour's alpha.
  var opacity: Double
}

// Source: ECMA-376 part 1, 19.3.1 "Presentation slides: elements" and 20.1 "DrawingML".
extension XMLElement {
  /// All shapes of a slide, a layout or a master.
  static func shapeTree(_ shapes: [XMLElement]) -> XMLElement {
    XMLElement(
      "p:spTree",
      children: [
        XMLElement(
          "p:nvGrpSpPr",
          children: [
            XMLElement("p:cNvPr", [.init("id", "1"), .init("name", "")]),
            XMLElement("p:cNvGrpSpPr"), XMLElement("p:nvPr"),
          ]),
        XMLElement("p:grpSpPr"),
      ] + shapes)
  }

  /// A group whose members' coordinates are those of the slide.
  static func group(
    _ properties: XMLElement, at place: SlideGeometry.Rectangle, members: [XMLElement]
  ) -> XMLElement {
    let transform = XMLElement(
      "a:xfrm", children: place.elements("a:off", "a:ext") + place.elements("a:chOff", "a:chExt"))
    return XMLElement(
      "p:grpSp",
      children: [
        XMLElement(
          "p:nvGrpSpPr",
          children: [properties, XMLElement("p:cNvGrpSpPr"), XMLElement("p:nvPr")]),
        XMLElement("p:grpSpPr", children: [transform]),
      ] + members)
  }

  /// A picture that fills its rectangle.
  static func picture(
    _ properties: XMLElement, at place: SlideGeometry.Rectangle, relationship: String,
    opacity: Double
  ) -> XMLElement {
    let dimming =
      opacity < 1
      ? [XMLElement("a:alphaModFix", [.init("amt", opacity.thousandthsOfPercent)])] : []
    return XMLElement(
      "p:pic",
      children: [
        XMLElement(
          "p:nvPicPr",
          children: [
            properties,
            XMLElement(
              "p:cNvPicPr", children: [XMLElement("a:picLocks", [.init("noChangeAspect", "1")])]),
            XMLElement("p:nvPr"),
          ]),
        XMLElement(
          "p:blipFill",
          children: [
            XMLElement("a:blip", [.init("r:embed", relationship)], children: dimming),
            XMLElement("a:stretch", children: [XMLElement("a:fillRect")]),
          ]),
        XMLElement("p:spPr", children: place.box),
      ])
  }

  /// A text box without margins, whose lines break only where the text says so.
  static func textBox(
    _ properties: XMLElement, at place: SlideGeometry.Rectangle, text: StyledText
  ) -> XMLElement {
    let margins = ["lIns", "tIns", "rIns", "bIns"].map { Attribute($0, "0") }
    let body = XMLElement(
      "a:bodyPr", [.init("wrap", "none")] + margins, children: [XMLElement("a:noAutofit")])
    return XMLElement(
      "p:sp",
      children: [
        XMLElement(
          "p:nvSpPr",
          children: [
            properties, XMLElement("p:cNvSpPr", [.init("txBox", "1")]), XMLElement("p:nvPr"),
          ]),
        XMLElement("p:spPr", children: place.box + [XMLElement("a:noFill")]),
        XMLElement(
          "p:txBody", children: [body, XMLElement("a:lstStyle")] + text.lines.map(text.paragraph)),
      ])
  }

  /// A colour, such as "FF8000", that fills something.
  static func solidFill(_ color: String, children: [XMLElement] = []) -> XMLElement {
    XMLElement(
      "a:solidFill", children: [XMLElement("a:srgbClr", [.init("val", color)], children: children)])
  }
}

extension StyledText {
  fileprivate func paragraph(_ line: Substring) -> XMLElement {
    let run = XMLElement(
      "a:r", children: [properties("a:rPr"), XMLElement("a:t", text: String(line))])
    return XMLElement("a:p", children: [line.isEmpty ? properties("a:endParaRPr") : run])
  }

  private func properties(_ name: String) -> XMLElement {
    let alpha = Double(color.alpha) / 255 * opacity
    let fill = XMLElement.solidFill(
      color.hexadecimal,
      children: alpha < 1 ? [XMLElement("a:alpha", [.init("val", alpha.thousandthsOfPercent)])] : []
    )
    let fonts = fontName.map { name in
      ["a:latin", "a:ea", "a:cs"].map { XMLElement($0, [.init("typeface", name)]) }
    }
    let size = fontSize.map { [XMLElement.Attribute("sz", "\($0)")] }
    return XMLElement(name, size ?? [], children: [fill] + (fonts ?? []))
  }
}

extension SlideGeometry.Rectangle {
  /// A plain rectangular shape at this place.
  fileprivate var box: [XMLElement] {
    [
      XMLElement("a:xfrm", children: elements("a:off", "a:ext")),
      XMLElement("a:prstGeom", [.init("prst", "rect")], children: [XMLElement("a:avLst")]),
    ]
  }

  fileprivate func elements(_ corner: String, _ extent: String) -> [XMLElement] {
    [
      XMLElement(corner, [.init("x", "\(left)"), .init("y", "\(top)")]),
      XMLElement(extent, [.init("cx", "\(width)"), .init("cy", "\(height)")]),
    ]
  }
}

extension Double {
  /// A share of 1 as the format counts it: 100,000 is all.
  fileprivate var thousandthsOfPercent: String { "\(Int((self * 100_000).rounded()))" }
}

extension RGBAPixel {
  fileprivate var hexadecimal: String {
    [red, green, blue].map { channel in
      let digits = String(channel, radix: 16, uppercase: true)
      return channel < 16 ? "0" + digits : digits
    }.joined()
  }
}
