import FileTesting
import Foundation
import Testing

struct ProgressTests {
  @Test func aQuietRunSaysItsResultOnly() throws {
    let place = try Workplace()
    let outcome = try place.run(place.arguments("--quiet"))
    #expect(outcome.code == 0)
    #expect(outcome.errors.isEmpty)
    #expect(outcome.text.hasPrefix("out: "))
  }

  @Test func progressIsPlainLinesWhereNoTerminalIs() throws {
    let place = try Workplace()
    let outcome = try place.run(place.arguments("--steps", "2"))
    #expect(outcome.code == 0)
    #expect(!outcome.text.contains("step"))
    let controls = outcome.errors.unicodeScalars.filter { $0.value < 0x20 && $0 != "\n" }
    #expect(controls.isEmpty)
    let beginnings = outcome.errorLines.map { $0.prefix { $0 != "," } }
    #expect(beginnings.contains("loaded text_encoder"))
    #expect(beginnings.filter { $0 == "denoising: step 1 of 2" }.count == 1)
    #expect(beginnings.filter { $0 == "denoising: step 2 of 2" }.count == 1)
    #expect(beginnings.filter { $0 == "decoding: layer 2 of 2" }.count == 1)
  }

  @Test func aCaptionedRunLoadsTheTextEncoderOnce() throws {
    let place = try Workplace()
    let outcome = try place.run(place.arguments("--prompt", ""))
    #expect(outcome.code == 0)
    #expect(outcome.errorLines.filter { $0.hasPrefix("loaded text_encoder") }.count == 1)
    #expect(outcome.errorLines.filter { $0.hasPrefix("prompt: ") }.count == 1)
  }

  @Test func aTerminalShowsABarForStepsAndLayers() throws {
    let place = try Workplace()
    let terminal = try Terminal()
    let outcome = try place.run(
      place.arguments("--steps", "2"), redirection: "2>\(terminal.path)")
    #expect(outcome.code == 0)
    let shown = terminal.shown()
    #expect(shown.contains("\r\u{1B}[K"))
    #expect(shown.contains("█") && shown.contains("░"))
    #expect(shown.contains("denoising: step 2 of 2"))
    // The terminal is left at the beginning of a line.
    #expect(shown.unicodeScalars.last == "\n")
  }
}

/// A pseudoterminal that is written to by its path.
private final class Terminal {
  /// Linux's `TIOCSPTLCK` and `TIOCGPTN`.
  private static let setLock: UInt = 0x4004_5431
  private static let getNumber: UInt = 0x8004_5430

  let path: String
  private let master: Int32
  private let slave: Int32

  init() throws {
    master = open("/dev/ptmx", O_RDWR | O_NOCTTY)
    var isLocked: Int32 = 0
    var number: UInt32 = 0
    try #require(master >= 0 && ioctl(master, Self.setLock, &isLocked) == 0)
    try #require(ioctl(master, Self.getNumber, &number) == 0)
    path = "/dev/pts/\(number)"
    // Held open, so that what was written stays readable.
    slave = open(path, O_RDWR | O_NOCTTY)
    try #require(slave >= 0)
  }

  deinit {
    close(slave)
    close(master)
  }

  /// Everything that was written so far.
  func shown() -> String {
    _ = fcntl(master, F_SETFL, O_NONBLOCK)
    var bytes: [UInt8] = []
    while true {
      let piece = [UInt8](unsafeUninitializedCapacity: 4096) { buffer, count in
        count = max(0, read(master, buffer.baseAddress, buffer.count))
      }
      guard !piece.isEmpty else { return String(decoding: bytes, as: UTF8.self) }
      bytes += piece
    }
  }
}
