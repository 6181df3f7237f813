/// An element of an XML document with its attributes and the elements in it.
package struct XMLElement: Hashable, Sendable {
  /// A name and its value.
  package struct Attribute: Hashable, Sendable {
    /// The name with its prefix, if any.
    package var name: String
    /// The value with all references resolved.
    package var value: String

    /// Makes an attribute of its parts.
    package init(_ name: String, _ value: String) {
      self.name = name
      self.value = value
    }
  }

  /// The name with its prefix, if any.
  package var name: String

  /// The attributes in their order.
  package var attributes: [Attribute]

  /// The elements inside, in their order.
  package var children: [XMLElement]

  /// The characters of an element without elements inside; those of a document that was read are not
  /// kept.
  package var text = ""

  /// Where the element begins in the document that it was read from; 0 for one that was made.
  package let offset: Int

  /// Makes an element.
  package init(
    _ name: String, _ attributes: [Attribute] = [], children: [XMLElement] = []
  ) {
    self.init(name, attributes, children: children, offset: 0)
  }

  /// Makes an element that holds characters.
  package init(_ name: String, _ attributes: [Attribute] = [], text: String) {
    self.init(name, attributes)
    self.text = text
  }

  init(_ name: String, _ attributes: [Attribute], children: [XMLElement], offset: Int) {
    self.name = name
    self.attributes = attributes
    self.children = children
    self.offset = offset
  }

  /// The value of an attribute; `nil` where there is none of that name.
  package subscript(name: String) -> String? {
    attributes.first { $0.name == name }?.value
  }
}

extension XMLElement {
  /// The element as a document in UTF-8 with its declaration, one element a line.
  package func document() -> [UInt8] {
    var text = "<?xml version='1.0' encoding='UTF-8'?>\n"
    write(to: &text, indentation: "")
    return Array(text.utf8)
  }

  private func write(to text: inout String, indentation: String) {
    text += "\(indentation)<\(name)"
    for attribute in attributes {
      text += " \(attribute.name)=\"\(attribute.value.escapedForXML)\""
    }
    guard !children.isEmpty else {
      text +=
        self.text.isEmpty ? "/>\n" : ">\(self.text.escapedForXML)</\(name)>\n"
      return
    }
    text += ">\n"
    for child in children { child.write(to: &text, indentation: indentation + " ") }
    text += "\(indentation)</\(name)>\n"
  }
}

extension String {
  /// The text for an attribute or between tags; characters that XML 1.0 forbids are left out.
  package var escapedForXML: String {
    unicodeScalars.reduce(into: "") { text, scalar in
      switch scalar {
      case "&": text += "&amp;"
      case "<": text += "&lt;"
      case ">": text += "&gt;"
      case "\"": text += "&quot;"
      case "'": text += "&apos;"
      // As themselves these would be read as spaces.
      case "\t", "\n", "\r": text += "&#\(scalar.value);"
      case _ where scalar.isAllowedInXML: text.unicodeScalars.append(scalar)
      default: break
      }
    }
  }
}

extension Unicode.Scalar {
  /// Whether a document may hold the character.
  ///
  /// Source: XML 1.0, fifth edition, production 2.
  var isAllowedInXML: Bool {
    switch value {
    case 0x9, 0xA, 0xD, 0x20...0xD7FF, 0xE000...0xFFFD, 0x1_0000...0x10_FFFF: true
    default: false
    }
  }
}
