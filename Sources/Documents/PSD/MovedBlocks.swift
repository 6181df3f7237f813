import Raster

/// A number of pixels to the right and down.
struct Displacement: Hashable {
  var x: Int32
  var y: Int32

  static let none = Displacement(x: 0, y: 0)
}

extension AdditionalBlock {
  /// The block of a layer that was moved; `nil` where what it says of places cannot be moved.
  ///
  /// Points of outlines are fractions of the canvas in 2^24ths; they become the nearest.
  ///
  /// Source: Adobe Photoshop File Formats Specification, "Type tool object setting", "Placed Layer",
  /// "Vector mask setting", "Path resource format".
  func moved(
    by layer: Displacement, outlineBy outline: Displacement, canvas: PixelSize
  ) -> AdditionalBlock? {
    guard let bytes else { return self }
    var content = Array(bytes)
    let isMoved: Bool
    switch key {
    case "TySh":
      // Its version, a matrix of four doubles, the place.
      isMoved = content.addToDoubles([layer.x, layer.y], at: 34)
    case "fxrp": isMoved = content.addToDoubles([layer.x, layer.y], at: 0)
    case "PlLd", "plLd": isMoved = content.movePlacedLayer(by: layer)
    case "SoLd", "SoLE": isMoved = content.moveQuads(by: layer)
    case "vmsk", "vsms": isMoved = content.moveOutline(by: outline, canvas: canvas)
    case "vogk": isMoved = outline == .none
    default: return self
    }
    guard isMoved else { return nil }
    var block = self
    block.content = .bytes(content[...])
    return block
  }
}

extension [UInt8] {
  /// Adds to big-endian doubles that follow one another; false where they are not there or not finite.
  fileprivate mutating func addToDoubles(_ distances: [Int32], at offset: Int) -> Bool {
    guard offset >= 0, count - offset >= 8 * distances.count else { return false }
    for (index, distance) in distances.enumerated() {
      let start = offset + 8 * index
      let old = Double(bitPattern: self[start..<start + 8].reduce(0) { $0 << 8 | UInt64($1) })
      guard old.isFinite else { return false }
      let bits = (old + Double(distance)).bitPattern
      for byte in 0..<8 {
        self[start + byte] = UInt8(truncatingIfNeeded: bits >> UInt64(56 - 8 * byte))
      }
    }
    return true
  }

  /// The signature, the version, a name, four numbers, then the four corners.
  fileprivate mutating func movePlacedLayer(by distance: Displacement) -> Bool {
    guard count > 9, starts(with: Array("plcL".utf8)) else { return false }
    let corners = 9 + Int(self[8]) + 16
    let moves = [Int32](repeating: distance.x, count: 8).enumerated().map { index, x in
      index % 2 == 0 ? x : distance.y
    }
    return addToDoubles(moves, at: corners)
  }

  /// Every list of four corners in a descriptor: the key, a count of eight, then doubles with their type.
  fileprivate mutating func moveQuads(by distance: Displacement) -> Bool {
    var quadCount = 0
    for name in ["Trnf", "nonAffineTransform"] {
      let head = Array((name + "VlLs").utf8) + [0, 0, 0, 8]
      var search = 0
      while let start = firstIndex(of: head, from: search) {
        search = start + head.count
        for number in 0..<8 {
          let value = start + head.count + 12 * number
          guard value + 12 <= count, self[value..<value + 4].elementsEqual("doub".utf8),
            addToDoubles([number % 2 == 0 ? distance.x : distance.y], at: value + 4)
          else { return false }
        }
        quadCount += 1
      }
    }
    return quadCount > 0
  }

  private func firstIndex(of wanted: [UInt8], from start: Int) -> Int? {
    guard count - start >= wanted.count, let first = wanted.first else { return nil }
    return (start...count - wanted.count).first { index in
      self[index] == first && self[index..<index + wanted.count].elementsEqual(wanted)
    }
  }

  /// A version, flags, then records of 26 bytes, of which knots hold three points, rows first.
  fileprivate mutating func moveOutline(by distance: Displacement, canvas: PixelSize) -> Bool {
    guard canvas.width > 0, canvas.height > 0 else { return false }
    func fraction(_ distance: Int32, of side: Int) -> Int32? {
      Int32(exactly: (Double(distance) * 16_777_216 / Double(side)).rounded())
    }
    guard let across = fraction(distance.x, of: canvas.width),
      let down = fraction(distance.y, of: canvas.height)
    else { return false }
    for record in stride(from: 8, to: count - 25, by: 26) {
      guard self[record] == 0, [1, 2, 4, 5].contains(self[record + 1]) else { continue }
      for number in 0..<6 {
        let start = record + 2 + 4 * number
        let old = Int32(
          truncatingIfNeeded: self[start..<start + 4].reduce(0) { $0 << 8 | Int64($1) })
        let (new, overflow) = old.addingReportingOverflow(number % 2 == 0 ? down : across)
        guard !overflow else { return false }
        for byte in 0..<4 {
          self[start + byte] = UInt8(truncatingIfNeeded: new >> Int32(24 - 8 * byte))
        }
      }
    }
    return true
  }
}

extension ChannelRectangle {
  /// The rectangle elsewhere; `nil` where an edge would lie beyond 32 bits.
  func moved(by distance: Displacement) -> ChannelRectangle? {
    let (top, one) = top.addingReportingOverflow(distance.y)
    let (left, two) = left.addingReportingOverflow(distance.x)
    let (bottom, three) = bottom.addingReportingOverflow(distance.y)
    let (right, four) = right.addingReportingOverflow(distance.x)
    guard !one, !two, !three, !four else { return nil }
    return ChannelRectangle(top: top, left: left, bottom: bottom, right: right)
  }

  /// The rectangle for an error.
  var area: PixelRectangle {
    PixelRectangle(x: Int(left), y: Int(top), width: size.width, height: size.height)
  }
}
