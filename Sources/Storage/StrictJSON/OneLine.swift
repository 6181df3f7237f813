/// `text` in quotes on one line: control characters escaped, cut after `limit` characters.
package func oneLine(_ text: String, limit: Int = 120) -> String {
  let scalars = text.unicodeScalars
  let line = scalars.prefix(limit).map { $0.escaped(asASCII: false) }.joined()
  return "\"\(line)\(scalars.count > limit ? "…" : "")\""
}
