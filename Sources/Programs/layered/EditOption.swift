import ArgumentParser
import DocumentModel
import Editing
import ImageCodecs
import Raster

/// An option of `layered edit` with its value, which follows it or an equals sign.
struct EditOption {
  let name: String
  /// What follows the option and its value.
  private(set) var rest: ArraySlice<String>
  private let attached: String?

  /// - Parameters:
  ///   - argument: The option, perhaps with an equals sign and a value.
  ///   - rest: The arguments after it.
  init(_ argument: String, followedBy rest: ArraySlice<String>) {
    let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    name = String(parts.first ?? "")
    attached = parts.count > 1 ? String(parts[1]) : nil
    self.rest = rest
  }

  /// The operation that the option stands for; what it needs of the disk is read when it is called.
  mutating func operation() throws -> () throws -> EditOperation {
    if name == "--replace" {
      let path = try text()
      return { .replace(try DecodedImage(contentsOf: path).image) }
    }
    let operation = try plainOperation()
    return { operation }
  }

  private mutating func plainOperation() throws -> EditOperation {
    switch name {
    case "--move":
      let (dx, dy) = try pair(of: "two whole numbers 'DX,DY'") { Int($0) }
      return .move(dx: dx, dy: dy)
    case "--place":
      let (x, y) = try pair(of: "two whole numbers 'X,Y'") { Int($0) }
      return .place(x: x, y: y)
    case "--scale":
      let values = try list(of: "one or two numbers above 0", counts: 1...2) { text in
        Double(text).flatMap { $0 > 0 && $0.isFinite ? $0 : nil }
      }
      return .scale(x: values[0], y: values[values.count - 1])
    case "--resize":
      let (width, height) = try pair(of: "two whole numbers 'W,H' above 0") { text in
        Int(text).flatMap { $0 > 0 ? $0 : nil }
      }
      return .resize(PixelSize(width: width, height: height))
    case "--rotate":
      return .rotate(degrees: try number(in: -360_000...360_000))
    case "--recolor":
      return .recolor(
        try value(of: "an opaque colour: \(RGBAPixel.forms)") { text in
          RGBAPixel(named: text).flatMap { $0.alpha == 255 ? $0 : nil }
        })
    case "--hue": return .shiftColors(try HSLShift(hue: number(in: -360_000...360_000)))
    case "--saturation":
      return .shiftColors(try HSLShift(saturation: number(in: -100...100) / 100))
    case "--lightness":
      return .shiftColors(try HSLShift(lightness: number(in: -100...100) / 100))
    case "--opacity":
      return .opacity(try value(of: "0 to 1, or 0% to 100%", Self.opacity))
    case "--blend":
      let names = BlendMode.allCases.map(\.rawValue).joined(separator: ", ")
      return .blend(try value(of: "one of \(names)") { BlendMode(rawValue: $0) })
    case "--rename": return .rename(try text())
    case "--show": return try flag(.show)
    case "--hide": return try flag(.hide)
    case "--remove": return try flag(.remove)
    case "--duplicate": return try flag(.duplicate)
    case "--raise": return try flag(.raise)
    case "--lower": return try flag(.lower)
    case "--to-index":
      return .toIndex(
        try value(of: "a whole number from 0") { text in Int(text).flatMap { $0 >= 0 ? $0 : nil } })
    case "--group": return .group(name: try text())
    default: throw ValidationError("Unknown option '\(name)'")
    }
  }

  private static func opacity(_ text: String) -> Opacity? {
    let isPercent = text.hasSuffix("%")
    guard let number = Double(isPercent ? String(text.dropLast()) : text) else { return nil }
    let fraction = isPercent ? number / 100 : number
    return (0...1).contains(fraction) ? Opacity(fraction: fraction) : nil
  }

  /// What an option without a value stands for.
  func flag<Meaning>(_ meaning: Meaning) throws -> Meaning {
    guard attached == nil else { throw ValidationError("'\(name)' takes no value") }
    return meaning
  }

  /// A value that may be any text.
  mutating func text() throws -> String {
    if let attached { return attached }
    guard let next = rest.first, !next.hasPrefix("--") else {
      throw ValidationError("Missing value for '\(name)'")
    }
    rest = rest.dropFirst()
    return next
  }

  private mutating func value<Value>(
    of kind: String, _ read: (String) -> Value?
  ) throws -> Value {
    let text = try text()
    guard let value = read(text) else {
      throw ValidationError("'\(text)' is not a value for '\(name)', which takes \(kind)")
    }
    return value
  }

  private mutating func number(in range: ClosedRange<Double>) throws -> Double {
    try value(of: "a number from \(Int(range.lowerBound)) to \(Int(range.upperBound))") { text in
      Double(text).flatMap { range.contains($0) ? $0 : nil }
    }
  }

  private mutating func list<Value>(
    of kind: String, counts: ClosedRange<Int>, _ read: (String) -> Value?
  ) throws -> [Value] {
    try value(of: kind) { text in
      let parts = text.split(separator: ",", omittingEmptySubsequences: false)
      let values = parts.compactMap { read(String($0)) }
      return values.count == parts.count && counts.contains(parts.count) ? values : nil
    }
  }

  private mutating func pair<Value>(
    of kind: String, _ read: (String) -> Value?
  ) throws -> (Value, Value) {
    let values = try list(of: kind, counts: 2...2, read)
    return (values[0], values[1])
  }
}
