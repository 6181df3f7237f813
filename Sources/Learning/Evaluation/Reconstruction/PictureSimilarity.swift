import Glibc
import Raster

/// How near two opaque pictures are, by the definitions of pyiqa 0.1.
struct PictureSimilarity: Hashable, Sendable {
  /// Peak signal-to-noise ratio in dB over all channels with peak 1 and 1e-8 added to the mean square, so at most 80.
  let psnr: Double
  /// Structural similarity of brightness (0.299 R + 0.587 G + 0.114 B, not rounded), 1 for equal pictures.
  let ssim: Double

  /// A picture needs so many pixels a side for one window of ``ssim``.
  static let smallestSide = Window.length

  /// Compares two pictures of one size, whose sides have at least ``smallestSide`` pixels; alpha is not looked at.
  init(_ a: RasterImage, _ b: RasterImage) {
    var squares = 0
    a.pixels.withUnsafeBufferPointer { a in
      b.pixels.withUnsafeBufferPointer { b in
        for first in stride(from: 0, to: min(a.count, b.count), by: 4) {
          for channel in first..<first + 3 {
            let difference = Int(a[channel]) - Int(b[channel])
            squares += difference * difference
          }
        }
      }
    }
    let mean = Double(squares) / (255 * 255) / Double(max(1, a.pixels.count / 4 * 3))
    psnr = 10 * log10(1 / (mean + 1e-8))
    ssim = Self.structuralSimilarity(
      Self.brightness(a), Self.brightness(b), width: a.size.width, height: a.size.height)
  }

  private static func brightness(_ image: RasterImage) -> [Double] {
    let count = image.pixels.count / 4
    return [Double](unsafeUninitializedCapacity: count) { values, filled in
      image.pixels.withUnsafeBufferPointer { pixels in
        for index in 0..<count {
          values[index] =
            0.299 * Double(pixels[4 * index]) + 0.587 * Double(pixels[4 * index + 1])
            + 0.114 * Double(pixels[4 * index + 2])
        }
      }
      filled = count
    }
  }

  /// A Gaussian window of 11 pixels with standard deviation 1.5, its weights adding up to 1.
  private enum Window {
    static let length = 11
    static let weights: [Double] = {
      let raw = (0..<length).map { exp(-Double(($0 - 5) * ($0 - 5)) / (2 * 1.5 * 1.5)) }
      let sum = raw.reduce(0, +)
      return raw.map { $0 / sum }
    }()
  }

  /// The mean over all windows that lie inside, the term of contrast and structure cut off at 0.
  private static func structuralSimilarity(
    _ a: [Double], _ b: [Double], width: Int, height: Int
  ) -> Double {
    let columns = width - Window.length + 1
    let rows = height - Window.length + 1
    guard columns > 0, rows > 0 else { return .nan }
    let (c1, c2) = (0.01 * 255 * 0.01 * 255, 0.03 * 255 * 0.03 * 255)
    // Four means a window: of both pictures, of the sum of their squares, and of their product. A ring keeps the rows that
    // the windows of one output row need, filtered along the row.
    let ringRow = 4 * columns
    var ring = [Double](repeating: 0, count: Window.length * ringRow)
    var terms = [Double](repeating: 0, count: 4 * width)
    var means = [Double](repeating: 0, count: ringRow)
    var sum = 0.0
    for y in 0..<height {
      a.withUnsafeBufferPointer { a in
        b.withUnsafeBufferPointer { b in
          terms.withUnsafeMutableBufferPointer { terms in
            for x in 0..<width {
              let (p, q) = (a[y * width + x], b[y * width + x])
              terms[x] = p
              terms[width + x] = q
              terms[2 * width + x] = p * p + q * q
              terms[3 * width + x] = p * q
            }
          }
        }
      }
      let place = y % Window.length * ringRow
      for term in 0..<4 {
        filter(
          terms, from: term * width, to: &ring, at: place + term * columns, count: columns)
      }
      guard y >= Window.length - 1 else { continue }
      // The oldest row of the ring has the window's first weight.
      for index in means.indices { means[index] = 0 }
      for (step, weight) in Window.weights.enumerated() {
        let row = (y + 1 + step) % Window.length * ringRow
        ring.withUnsafeBufferPointer { ring in
          means.withUnsafeMutableBufferPointer { means in
            for index in 0..<ringRow { means[index] += weight * ring[row + index] }
          }
        }
      }
      means.withUnsafeBufferPointer { means in
        for x in 0..<columns {
          let (p, q) = (means[x], means[columns + x])
          let (squares, product) = (means[2 * columns + x], means[3 * columns + x])
          let structure =
            (2 * (product - p * q) + c2) / (squares - p * p - q * q + c2)
          sum += (2 * p * q + c1) / (p * p + q * q + c1) * max(0, structure)
        }
      }
    }
    return sum / Double(columns * rows)
  }

  /// Writes the window's mean of what follows each place.
  private static func filter(
    _ source: [Double], from start: Int, to target: inout [Double], at place: Int, count: Int
  ) {
    source.withUnsafeBufferPointer { source in
      target.withUnsafeMutableBufferPointer { target in
        for x in 0..<count { target[place + x] = 0 }
        for (step, weight) in Window.weights.enumerated() {
          for x in 0..<count { target[place + x] += weight * source[start + x + step] }
        }
      }
    }
  }
}
