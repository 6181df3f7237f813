/// Things that are found under the name of a weights file and are something else.
enum ForeignFormat {
  /// The reason to refuse bytes that failed as safetensors, where their beginning is well known.
  ///
  /// A valid file is never asked: the first 8 bytes of one may look like the start of a pickle.
  static func reason(forFirst bytes: [UInt8]) -> SafetensorsError.Reason? {
    if bytes.starts(with: "version https://git-lfs.github.com/spec/".utf8) { return .gitLFSPointer }
    if bytes.starts(with: "GGUF".utf8) { return .gguf }
    if bytes.starts(with: [0x50, 0x4B, 0x03, 0x04]) { return .pickle }
    if bytes.count >= 2, bytes[0] == 0x80, (2...5).contains(bytes[1]) { return .pickle }
    let text = String(decoding: bytes, as: UTF8.self)
      .drop { $0.isWhitespace || $0 == "\u{FEFF}" }.lowercased()
    let openings = ["<!doctype", "<html", "<head", "<?xml", "<!--"]
    return openings.contains { text.hasPrefix($0) } ? .webPage : nil
  }
}
