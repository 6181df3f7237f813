/// The text with line breaks, control and direction characters escaped, so that names from files or the command line
/// cannot break a message apart or repaint a terminal.
package func onOneLine(_ text: String) -> String {
  var line = ""
  for scalar in text.unicodeScalars {
    switch scalar.properties.generalCategory {
    case .control, .format, .lineSeparator, .paragraphSeparator:
      line += scalar.escaped(asASCII: true)
    default: line.unicodeScalars.append(scalar)
    }
  }
  return line
}
