import LayerDecomposition
import OneLine
import Synchronization
import Weights

/// Progress on standard error: a bar with step, rate and time left on a terminal, plain lines elsewhere.
final class ProgressDisplay: Sendable {
  private struct State {
    var phase = ""
    /// When the phase began.
    var begin = ContinuousClock.now
    /// When the last event of any kind came, which is when the next piece of work began.
    var lastEvent = ContinuousClock.now
    var isBarOpen = false
  }

  private let state = Mutex(State())
  private let isQuiet: Bool
  private let isTerminal: Bool
  /// The names of the pictures, for lines about one of several.
  private let names: [String]

  init(isQuiet: Bool, names: [String], isTerminal: Bool = StandardError.isTerminal) {
    self.isQuiet = isQuiet
    self.names = names
    self.isTerminal = isTerminal
  }

  func report(_ event: DecompositionEvent) {
    display(event)
    state.withLock { $0.lastEvent = .now }
  }

  private func display(_ event: DecompositionEvent) {
    switch event {
    case .warning(let text): line("warning: \(text)", evenIfQuiet: true)
    case .planned(let component, let weights, let activations):
      line(
        "the largest component is the \(component): \(ByteCount(weights)) of weights and about "
          + "\(ByteCount(activations)) of activations")
    case .loaded(let component, let byteCount):
      line("loaded \(component), \(ByteCount(byteCount)) of weights")
    case .released(let component, let weights, let activations, let peak):
      line(
        "released \(component): peak memory \(ByteCount(peak)); planned \(ByteCount(weights)) of weights "
          + "and \(ByteCount(activations)) of activations")
    case .captioning(let picture, let count):
      advance("describing\(name(picture))", count, of: nil, unit: "token")
    case .captioned(let picture, let text): line("prompt\(name(picture)): \(text)")
    case .denoised(let picture, let step, let count):
      advance("denoising\(name(picture))", step, of: count, unit: "step")
    case .decoded(let picture, let layer, let count):
      advance("decoding\(name(picture))", layer, of: count, unit: "layer")
    }
  }

  /// One line of its own.
  func line(_ text: String, evenIfQuiet: Bool = false) {
    guard !isQuiet || evenIfQuiet else { return }
    state.withLock { state in
      closeBar(&state)
      StandardError.write("\(onOneLine(text))\n")
    }
  }

  /// A line that the next one of its kind takes the place of on a terminal.
  func status(_ text: String) {
    guard !isQuiet else { return }
    state.withLock { state in
      StandardError.write(isTerminal ? "\r\u{1B}[K\(onOneLine(text))" : "\(onOneLine(text))\n")
      state.isBarOpen = isTerminal
    }
  }

  /// Ends an open bar, so that what follows begins on a line of its own.
  func finish() { state.withLock { closeBar(&$0) } }

  private func name(_ picture: Int) -> String {
    names.count > 1 && names.indices.contains(picture) ? " \(onOneLine(names[picture]))" : ""
  }

  private func closeBar(_ state: inout State) {
    if state.isBarOpen { StandardError.write("\n") }
    state.isBarOpen = false
  }

  /// A step of a phase is done.
  func advance(_ phase: String, _ done: Int, of total: Int?, unit: String) {
    guard !isQuiet else { return }
    state.withLock { state in
      let now = ContinuousClock.now
      if state.phase != phase || done == 1 {
        closeBar(&state)
        // The first unit of work is done already; it began where loading or the phase before ended.
        state.begin = state.lastEvent
        state.phase = phase
      }
      let elapsed = max(0, (now - state.begin) / .seconds(1))
      let rate = elapsed > 0 ? Double(done) / elapsed : 0
      var text = "\(phase): \(unit) \(done)"
      if let total {
        text += " of \(total)"
        if isTerminal { text = "\(Self.bar(done, of: total)) \(text)" }
      }
      if rate > 0 {
        text +=
          rate >= 1 ? ", \(Self.tenths(rate)) \(unit)s/s" : ", \(Self.tenths(1 / rate)) s/\(unit)"
        if let total, done < total {
          text += ", \(Self.time(Double(total - done) / rate)) left"
        }
      }
      if isTerminal {
        StandardError.write("\r\u{1B}[K\(text)")
        state.isBarOpen = true
        if done == total { closeBar(&state) }
      } else if total != nil {
        StandardError.write("\(text)\n")
      }
    }
  }

  private static func bar(_ done: Int, of total: Int) -> String {
    let width = 24
    let filled = total > 0 ? done * width / total : 0
    return String(repeating: "█", count: filled) + String(repeating: "░", count: width - filled)
  }

  static func tenths(_ value: Double) -> String {
    "\((min(value, 1e6) * 10).rounded() / 10)"
  }

  static func time(_ seconds: Double) -> String {
    let whole = Int(min(max(seconds, 0), 1e9).rounded())
    return whole < 60
      ? "\(whole) s"
      : whole < 3600
        ? "\(whole / 60) min \(whole % 60) s" : "\(whole / 3600) h \(whole % 3600 / 60) min"
  }
}

/// A number of bytes for people.
struct ByteCount: CustomStringConvertible {
  private let count: Int

  init(_ count: Int) { self.count = count }

  var description: String {
    guard count >= 1_000_000_000 else { return "\((Double(count) / 1e5).rounded() / 10) MB" }
    return "\((Double(count) / 1e7).rounded() / 100) GB"
  }
}
