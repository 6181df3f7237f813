import StrictXML

/// The theme that a master has to have: Office's plain one, of which the slide uses nothing.
///
/// Source: ECMA-376 part 1, 20.1.6 "Styles and themes"; a format scheme has three of each style.
enum ThemePart {
  private static let colors = [
    ("dk1", "000000"), ("lt1", "FFFFFF"), ("dk2", "44546A"), ("lt2", "E7E6E6"),
    ("accent1", "4472C4"), ("accent2", "ED7D31"), ("accent3", "A5A5A5"), ("accent4", "FFC000"),
    ("accent5", "5B9BD5"), ("accent6", "70AD47"), ("hlink", "0563C1"), ("folHlink", "954F72"),
  ]

  static var element: XMLElement {
    XMLElement(
      "a:theme",
      [
        .init("xmlns:a", "http://schemas.openxmlformats.org/drawingml/2006/main"),
        .init("name", "Plain"),
      ],
      children: [
        XMLElement("a:themeElements", children: [colorScheme, fontScheme, formatScheme])
      ])
  }

  private static var colorScheme: XMLElement {
    XMLElement(
      "a:clrScheme", [.init("name", "Plain")],
      children: colors.map { name, value in
        XMLElement("a:\(name)", children: [XMLElement("a:srgbClr", [.init("val", value)])])
      })
  }

  private static var fontScheme: XMLElement {
    func fonts(_ name: String) -> XMLElement {
      XMLElement(
        name,
        children: [
          XMLElement("a:latin", [.init("typeface", "Arial")]),
          XMLElement("a:ea", [.init("typeface", "")]),
          XMLElement("a:cs", [.init("typeface", "")]),
        ])
    }
    return XMLElement(
      "a:fontScheme", [.init("name", "Plain")],
      children: [fonts("a:majorFont"), fonts("a:minorFont")])
  }

  private static var formatScheme: XMLElement {
    let fill = XMLElement(
      "a:solidFill", children: [XMLElement("a:schemeClr", [.init("val", "phClr")])])
    let line = XMLElement("a:ln", [.init("w", "9525")], children: [fill])
    let effect = XMLElement("a:effectStyle", children: [XMLElement("a:effectLst")])
    func three(_ name: String, _ style: XMLElement) -> XMLElement {
      XMLElement(name, children: Array(repeating: style, count: 3))
    }
    return XMLElement(
      "a:fmtScheme", [.init("name", "Plain")],
      children: [
        three("a:fillStyleLst", fill), three("a:lnStyleLst", line),
        three("a:effectStyleLst", effect), three("a:bgFillStyleLst", fill),
      ])
  }
}
