import OneLine

extension DocumentInspection {
  /// The report for people, front to back; no name breaks a line or reaches a terminal unescaped.
  package var lines: [String] {
    var head = [
      onOneLine(path), "  \(format), \(canvas.width) x \(canvas.height) pixels, \(pixelsPerInch)",
      "  \(count(layerCount, "layer")), \(count(groupCount, "group"))",
    ]
    if let profileByteCount { head.append("  a colour profile of \(profileByteCount) bytes") }
    if let preservedBlocks { head.append("  kept as they are: \(list(preservedBlocks))") }
    return head + layers.reversed().flatMap { $0.lines(indent: "") }
  }

  private var pixelsPerInch: String {
    let (across, down) = (number(resolution.horizontal), number(resolution.vertical))
    return (across == down ? across : "\(across) x \(down)") + " pixels per inch"
  }
}

extension InspectedNode {
  /// A line for the node, lines for what belongs to it, and those of its members.
  fileprivate func lines(indent: String) -> [String] {
    var facts: [String] = []
    if let frame { facts.append(frame.text) } else if kind == "layer" { facts.append("no pixels") }
    if blendMode != "normal" { facts.append(blendMode) }
    if opacity != 1 { facts.append("opacity \(percent(opacity))") }
    if fillOpacity != 1 { facts.append("fill opacity \(percent(fillOpacity))") }
    if !visible { facts.append("hidden") }
    if clipped { facts.append("clipped") }
    if expanded == false { facts.append("collapsed") }
    let head = ([quoted(name)] + facts).joined(separator: ", ")
    var lines = ["\(indent)\(path) \(kind) \(head)"]
    let inner = indent + "    "
    if let mask { lines.append("\(inner)mask: \(mask.text)") }
    if let vectorMask { lines.append("\(inner)vector mask: \(vectorMask.text)") }
    if let text { lines.append("\(inner)text: \(text.line)") }
    lines += features.map { feature in
      "\(inner)\(feature.kind): \(onOneLine(feature.name))\(feature.rendered ? "" : ", not rendered")"
    }
    if let preservedBlocks { lines.append("\(inner)kept as they are: \(list(preservedBlocks))") }
    return lines + (members ?? []).reversed().flatMap { $0.lines(indent: indent + "  ") }
  }
}

extension InspectedNode.Mask {
  fileprivate var text: String {
    var facts = [frame?.text ?? "no pixels", "\(defaultValue) elsewhere"]
    if disabled { facts.append("disabled") }
    if !linked { facts.append("not linked") }
    if density != 1 { facts.append("density \(percent(density))") }
    if let featherRadius, featherRadius != 0 { facts.append("feather \(number(featherRadius))") }
    return facts.joined(separator: ", ")
  }
}

extension InspectedNode.Text {
  fileprivate var line: String {
    var facts = [quoted(string)]
    if let fontName { facts.append(quoted(fontName)) }
    if let fontSize { facts.append("\(number(fontSize)) pixels high") }
    if let color { facts.append("colour \(color.map(String.init).joined(separator: " "))") }
    return facts.joined(separator: ", ")
  }
}

extension DocumentInspection.Box {
  /// "120 x 40 at 10, -20".
  fileprivate var text: String { "\(width) x \(height) at \(x), \(y)" }
}

/// A text of the file in quotes on one line, cut where it is long.
private func quoted(_ text: String, limit: Int = 120) -> String {
  let scalars = text.unicodeScalars
  let isLong = scalars.dropFirst(limit).first != nil
  return
    "\"\(onOneLine(String(String.UnicodeScalarView(scalars.prefix(limit)))))\(isLong ? "…" : "")\""
}

private func count(_ count: Int, _ noun: String) -> String {
  "\(count) \(noun)\(count == 1 ? "" : "s")"
}

private func list(_ keys: [String]) -> String {
  keys.prefix(20).map { quoted($0) }.joined(separator: " ")
    + (keys.count > 20 ? " and \(keys.count - 20) more" : "")
}

private func percent(_ fraction: Double) -> String { number(fraction * 100) + " %" }

/// A number with at most two decimals.
private func number(_ value: Double) -> String {
  let rounded = (value * 100).rounded() / 100
  return rounded == rounded.rounded() && abs(rounded) < 1e15
    ? "\(Int(rounded))" : "\(rounded)"
}
