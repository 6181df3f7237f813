import Glibc

/// Names of outputs in the making: `.<name>.layered-<process>-<random>.partial`.
///
/// The process in the name tells later runs whether anybody still works on it.
struct TemporaryName {
  private static let suffix = ".partial"
  private static let marker = ".layered-"

  let text: String
  let process: pid_t

  /// A name that nobody else chooses, for the output of that name.
  init(for name: String) {
    process = getpid()
    var stem = name
    // A file name holds 255 bytes, of which the rest of this one needs fewer than 60.
    while stem.utf8.count > Int(NAME_MAX) - 60 { stem.removeLast() }
    let random = String(UInt64.random(in: .min ... .max), radix: 16)
    text = ".\(stem)\(Self.marker)\(process)-\(random)\(Self.suffix)"
  }

  /// Recognises the name of a temporary; nil for any other name.
  init?(recognizing text: String) {
    guard text.hasPrefix("."), text.hasSuffix(Self.suffix) else { return nil }
    let body = text.dropLast(Self.suffix.count)
    guard let dash = body.lastIndex(of: "-"),
      UInt64(body[body.index(after: dash)...], radix: 16) != nil,
      let start = body[..<dash].lastIndex(where: { !$0.isASCII || !$0.isNumber }),
      body[...start].hasSuffix(Self.marker),
      let process = pid_t(body[body.index(after: start)..<dash]), process > 0
    else { return nil }
    self.text = text
    self.process = process
  }
}
