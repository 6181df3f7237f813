import AtomicFiles
import ImageCodecs
import Raster
import Reports
import Synchronization

/// Pictures and their layers on one picture, a row for each: the picture, what its layers compose, and the layers from the back.
final class ContactSheet: Sendable {
  private static let sheet = PictureSheet(longestSide: 256)

  private let path: String
  private let isOverwriting: Bool
  /// By the pictures' order; empty where one has no result.
  private let rows: Mutex<[[RasterImage]]>

  /// Checks before the work that the file can be written.
  ///
  /// - Throws: `OutputError` where something is in the way or nothing can be created there.
  init(at path: String, rowCount: Int, isOverwriting: Bool) throws(OutputError) {
    self.path = path
    self.isOverwriting = isOverwriting
    rows = Mutex(Array(repeating: [], count: rowCount))
    // Begun and dropped.
    try AtomicFile(at: path, overwriting: isOverwriting).discard()
  }

  func show(_ picture: RasterImage, _ stack: LayerStack, inRow row: Int) throws(RasterError) {
    let shown = try picture.withOpaqueAlpha().resized(to: stack.canvas, using: .lanczos)
    // What is kept of each is as small as it is shown.
    let images = try ([shown, stack.composite()] + stack.layers).map {
      image throws(RasterError) in try Self.sheet.scaled(image)
    }
    rows.withLock { $0[row] = images }
  }

  /// Writes a PNG.
  ///
  /// - Throws: `OutputError`; `RasterError` where the sheet would be too large.
  func write() throws {
    let image = try PictureSheet().image(of: rows.withLock { $0 })
    try AtomicFile.write(image.encoded(as: .opaquePNG), to: path, overwriting: isOverwriting)
  }
}
