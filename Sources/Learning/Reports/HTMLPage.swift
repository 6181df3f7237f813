/// A page of headings, tables, charts and pictures that a browser shows without any other file; all text is escaped.
package struct HTMLPage {
  private var body = ""
  private let title: String

  package init(title: String) {
    self.title = title
  }

  /// The whole page.
  package var text: String {
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

  package mutating func heading(_ text: String) {
    body += "<h2>\(escaped(text))</h2>\n"
  }

  package mutating func paragraph(_ text: String) {
    body += "<p>\(escaped(text))</p>\n"
  }

  package mutating func table(_ heads: [String], _ rows: [[String]]) {
    func row(_ cells: [String], _ tag: String) -> String {
      "<tr>" + cells.map { "<\(tag)>\(escaped($0))</\(tag)>" }.joined() + "</tr>\n"
    }
    body += "<table>\n" + row(heads, "th") + rows.map { row($0, "td") }.joined() + "</table>\n"
  }

  /// A bar for each value, its count above it.
  package mutating func bars(_ caption: String, _ values: [(label: String, count: Int)]) {
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

  /// How many values lie in each of twenty equal parts of a range; those outside count to its ends.
  package mutating func histogram(
    _ caption: String, _ values: [Double], in range: ClosedRange<Double>, places: Int = 2
  ) {
    let width = (range.upperBound - range.lowerBound) / 20
    var counts = [Int](repeating: 0, count: 20)
    for value in values where value.isFinite {
      let place = ((value - range.lowerBound) / width).rounded(.down)
      counts[Int(min(max(place, 0), 19))] += 1
    }
    bars(
      caption,
      counts.enumerated().map { index, count in
        (fixedPoint(range.lowerBound + Double(index) * width, places: places), count)
      })
  }

  /// A curve over 0, 1, 2, … for each row of finite values, the last one drawn strongest.
  package mutating func curves(_ caption: String, _ rows: [(name: String, values: [Double])]) {
    let all = rows.flatMap(\.values)
    guard let low = all.min(), let high = all.max(), let count = rows.map(\.values.count).max(),
      all.allSatisfy(\.isFinite)
    else { return }
    let span = max(high - low, 1e-9)
    let colors = ["#999", "#c84", "#6a5", "#85b", "#b55", "#47a"]
    func x(_ index: Int) -> String {
      fixedPoint(60 + 480 * Double(index) / Double(max(1, count - 1)), places: 1)
    }
    func y(_ value: Double) -> String { fixedPoint(240 - 220 * (value - low) / span, places: 1) }
    body += "<figure><figcaption>\(escaped(caption))</figcaption>"
    body += "<svg width=\"800\" height=\"270\" role=\"img\">"
    for part in 0...4 {
      let value = low + span * Double(part) / 4
      body += """
        <line x1="60" x2="540" y1="\(y(value))" y2="\(y(value))" stroke="#ddd"/>\
        <text x="52" y="\(y(value))" text-anchor="end">\(fixedPoint(value, places: 3))</text>
        """
    }
    for index in 0..<count {
      body += "<text x=\"\(x(index))\" y=\"260\" text-anchor=\"middle\">\(index)</text>"
    }
    for (index, row) in rows.enumerated() {
      let isLast = index == rows.count - 1
      let color = isLast ? "#d02" : colors[index % colors.count]
      let points = row.values.enumerated().map { "\(x($0)),\(y($1))" }.joined(separator: " ")
      body += """
        <polyline fill="none" stroke="\(color)" stroke-width="\(isLast ? 3 : 1.5)" points="\(points)"/>\
        <text x="560" y="\(30 + 18 * index)" fill="\(color)">\(escaped(row.name))</text>
        """
    }
    body += "</svg></figure>\n"
  }

  /// A PNG picture inside the page.
  package mutating func picture(_ png: [UInt8], describedAs text: String) {
    body += "<img alt=\"\(escaped(text))\" src=\"data:image/png;base64,\(base64(png))\">\n"
  }
}

/// A number with so many digits behind its point; a dash where it has no such form.
package func fixedPoint(_ value: Double, places: Int) -> String {
  var unit = 1
  for _ in 0..<max(0, min(places, 9)) { unit *= 10 }
  let scaled = (value * Double(unit)).rounded()
  guard scaled.magnitude < 1e15, let whole = Int(exactly: scaled) else { return "–" }
  let digits = String(whole.magnitude % unit.magnitude)
  let zeros = String(repeating: "0", count: max(0, places - digits.count))
  let sign = whole < 0 ? "-" : ""
  return places > 0
    ? "\(sign)\(whole.magnitude / unit.magnitude).\(zeros)\(digits)" : "\(sign)\(whole.magnitude)"
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
