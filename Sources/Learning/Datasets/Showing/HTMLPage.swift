/// A page of headings, tables, bar charts and pictures, all text escaped.
struct HTMLPage {
  private var body = ""
  private let title: String

  init(title: String) {
    self.title = title
  }

  /// The whole page.
  var text: String {
    """
    <!DOCTYPE html>
    <html lang="en"><head><meta charset="utf-8"><title>\(escaped(title))</title><style>
    body{font:15px system-ui,sans-serif;margin:2em auto;max-width:70em;color:#222}
    table{border-collapse:collapse;margin:1em 0}td,th{border:1px solid #ccc;padding:.2em .6em;text-align:left}
    svg text{font:11px system-ui,sans-serif}img{max-width:100%}
    </style></head><body><h1>\(escaped(title))</h1>
    \(body)</body></html>

    """
  }

  mutating func heading(_ text: String) {
    body += "<h2>\(escaped(text))</h2>\n"
  }

  mutating func paragraph(_ text: String) {
    body += "<p>\(escaped(text))</p>\n"
  }

  mutating func table(_ heads: [String], _ rows: [[String]]) {
    func row(_ cells: [String], _ tag: String) -> String {
      "<tr>" + cells.map { "<\(tag)>\(escaped($0))</\(tag)>" }.joined() + "</tr>\n"
    }
    body += "<table>\n" + row(heads, "th") + rows.map { row($0, "td") }.joined() + "</table>\n"
  }

  /// A bar for each value, its count above it.
  mutating func bars(_ caption: String, _ values: [(label: String, count: Int)]) {
    guard let highest = values.map(\.count).max(), highest > 0 else { return }
    let step = max(28, min(110, 8 * (values.map(\.label.count).max() ?? 0)))
    body += "<figure><figcaption>\(escaped(caption))</figcaption>"
    body += "<svg width=\"\(values.count * step + 10)\" height=\"160\" role=\"img\">"
    for (index, value) in values.enumerated() {
      let height = max(1, value.count * 110 / highest)
      let left = index * step + 5
      let center = left + step / 2
      body += """
        <rect x="\(left)" y="\(135 - height)" width="\(step - 6)" height="\(height)" fill="#47a"/>\
        <text x="\(center - 3)" y="\(130 - height)" text-anchor="middle">\(value.count)</text>\
        <text x="\(center - 3)" y="150" text-anchor="middle">\(escaped(value.label))</text>
        """
    }
    body += "</svg></figure>\n"
  }

  /// A PNG picture inside the page.
  mutating func picture(_ png: [UInt8], describedAs text: String) {
    body += "<img alt=\"\(escaped(text))\" src=\"data:image/png;base64,\(base64(png))\">\n"
  }
}

private func escaped(_ text: String) -> String {
  var result = ""
  for scalar in text.unicodeScalars {
    switch scalar {
    case "&": result += "&amp;"
    case "<": result += "&lt;"
    case ">": result += "&gt;"
    case "\"": result += "&quot;"
    default:
      // Names from files must not turn the page around or end it.
      switch scalar.properties.generalCategory {
      case .control, .format: result += scalar == "\n" ? "\n" : "\u{FFFD}"
      default: result.unicodeScalars.append(scalar)
      }
    }
  }
  return result
}

private func base64(_ bytes: [UInt8]) -> String {
  let digits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
  var text: [UInt8] = []
  text.reserveCapacity((bytes.count + 2) / 3 * 4)
  for start in stride(from: 0, to: bytes.count, by: 3) {
    let piece = bytes[start..<min(start + 3, bytes.count)]
    var word = 0
    for offset in 0..<3 {
      word = word << 8 | (offset < piece.count ? Int(piece[start + offset]) : 0)
    }
    for place in 0..<4 {
      text.append(place <= piece.count ? digits[word >> (18 - 6 * place) & 63] : UInt8(ascii: "="))
    }
  }
  return String(decoding: text, as: UTF8.self)
}
