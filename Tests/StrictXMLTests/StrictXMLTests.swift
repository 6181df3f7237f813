import ByteIO
import StrictXML
import Testing

private func parse(_ text: String, limits: XMLLimits = XMLLimits()) throws -> XMLElement {
  try XMLElement(parsing: Array(text.utf8), limits: limits)
}

@Suite struct StrictXMLTests {
  @Test func elementsAndAttributesAreReadAndTheRestPassedOver() throws {
    let root = try parse(
      """
      \u{FEFF}<?xml version="1.0"?>
      <!-- <x> --> <a b='1' c = "&lt;&amp;&gt;&quot;&apos;&#233;&#x1F3A8;"\n>text &unknown;
      <d/><![CDATA[<e/>]]><f:g.h-1 ></f:g.h-1 ></a> <?end?>
      """)
    #expect(root.name == "a")
    #expect(root["b"] == "1")
    #expect(root["c"] == "<&>\"'é🎨")
    #expect(root["d"] == nil)
    #expect(root.children.map(\.name) == ["d", "f:g.h-1"])
  }

  @Test(arguments: [
    "", " ", "text", "<a>", "<a", "<a b", "<a b=", "<a b=1/>", "<a b='1/>", "<a b='1' b='2'/>",
    "<a b='1'c='2'/>", "<a b='<'/>", "<a b='&x;'/>", "<a b='&#0;'/>", "<a b='&#xD800;'/>",
    "<a b='&#-1;'/>", "<a b='&amp'/>", "</a>", "<a></b>", "<a><b></a></b>", "<a/><b/>", "<a/>x",
    "<1/>", "< a/>", "<!DOCTYPE a [<!ENTITY x 'y'>]><a/>", "<a><!ELEMENT b ANY></a>", "<!-- <a/>",
    "<a>\u{1}</a>", "<a b='\u{FFFE}'/>",
  ])
  func whatIsNotWellFormedIsRefused(text: String) {
    #expect(throws: MalformedData.self) { try parse(text) }
  }

  @Test func bytesThatAreNotUTF8AreRefused() {
    #expect(throws: MalformedData.self) { try XMLElement(parsing: [0x3C, 0x61, 0xFF, 0x2F, 0x3E]) }
  }

  @Test func limitsHold() throws {
    func nested(_ depth: Int) -> String {
      String(repeating: "<a>", count: depth) + String(repeating: "</a>", count: depth)
    }
    #expect(try parse(nested(128)).children.count == 1)
    #expect(throws: MalformedData.self) { try parse(nested(129)) }
    #expect(throws: MalformedData.self) { try parse(nested(100_000)) }
    var limits = XMLLimits()
    limits.elementCount = 3
    #expect(try parse("<a><b/><b/></a>", limits: limits).children.count == 2)
    #expect(throws: MalformedData.self) { try parse("<a><b/><b/><b/></a>", limits: limits) }
    limits.byteCount = 3
    #expect(throws: MalformedData.self) { try parse("<a/>", limits: limits) }
    let attributes = (0..<300).map { " a\($0)=''" }.joined()
    #expect(throws: MalformedData.self) { try parse("<a\(attributes)/>") }
  }

  @Test func anyTextComesBackWithoutForbiddenCharacters() throws {
    let hostile = "\"><script>alert('x')</script>]]>&amp;\n\t\r🎨 \u{202E}abc"
    let element = XMLElement(
      "a", [XMLElement.Attribute("b", hostile + "\u{0}\u{1}\u{B}\u{FFFF}")],
      children: [XMLElement("c"), XMLElement("d", children: [XMLElement("e")])])
    let read = try XMLElement(parsing: element.document())
    #expect(read["b"] == hostile)
    #expect(read.children.map(\.name) == ["c", "d"])
    #expect(read.children[1].children.map(\.name) == ["e"])
  }
}
