import CImageCodecs
import Raster

/// Writes a PNG file row by row, so that the whole picture is never in memory.
///
/// The file holds what `RasterImage.encoded(as: .png)` gives for the same pixels.
package final class PNGRowWriter {
  private let size: PixelSize
  private let notes = CodecNotes(metadataLimit: 0)
  private let sink: Sink
  private var writer: OpaquePointer?

  /// Takes the bytes for the C library, and keeps the error that it cannot carry.
  private final class Sink {
    let take: (UnsafeRawBufferPointer) throws -> Void
    var error: (any Error)?

    init(_ take: @escaping (UnsafeRawBufferPointer) throws -> Void) {
      self.take = take
    }

    func takes(_ bytes: UnsafeRawBufferPointer) -> Bool {
      do {
        try take(bytes)
        return true
      } catch {
        self.error = error
        return false
      }
    }
  }

  /// Begins a file.
  ///
  /// - Parameters:
  ///   - size: Of the whole picture.
  ///   - take: Receives the bytes of the file in order; what it throws ends the writing.
  /// - Throws: ``ImageCodecError``, or what `take` throws.
  package init(
    size: PixelSize, to take: @escaping (UnsafeRawBufferPointer) throws -> Void
  ) throws {
    guard size.isInRange else { throw ImageCodecError(.sizeOutOfRange(.png, size: size)) }
    self.size = size
    sink = Sink(take)
    let context = Unmanaged.passUnretained(sink).toOpaque()
    writer = notes.withPointer { notes in
      ci_png_writer_make(
        UInt32(size.width), UInt32(size.height),
        { context, bytes, count in
          guard let context else { return 0 }
          let sink = Unmanaged<Sink>.fromOpaque(context).takeUnretainedValue()
          return sink.takes(UnsafeRawBufferPointer(start: bytes, count: count)) ? 1 : 0
        }, context, notes)
    }
    guard writer != nil else { throw failure }
  }

  deinit { ci_png_writer_free(writer) }

  /// Appends the rows of an image.
  ///
  /// - Throws: ``ImageCodecError`` where the image has another width or more rows than are left, or
  ///   what the sink throws; the file cannot be finished then.
  package func append(_ rows: RasterImage) throws {
    guard rows.size.width == size.width else {
      ci_png_writer_free(writer)
      writer = nil
      throw ImageCodecError(.notEncoded(.png, detail: "rows of another width"))
    }
    try perform { writer in
      rows.pixels.withUnsafeBufferPointer {
        ci_png_writer_append(writer, $0.baseAddress, UInt32(rows.size.height))
      }
    }
  }

  /// Ends the file, once all rows are there.
  ///
  /// - Throws: ``ImageCodecError`` where rows are missing, or what the sink throws.
  package func finish() throws {
    try perform(ci_png_writer_finish)
    ci_png_writer_free(writer)
    writer = nil
  }

  private func perform(_ call: (OpaquePointer) -> Int32) throws {
    guard let writer else {
      throw ImageCodecError(.notEncoded(.png, detail: "the file has ended"))
    }
    guard withExtendedLifetime((sink, notes), { call(writer) }) == 1 else {
      ci_png_writer_free(writer)
      self.writer = nil
      throw failure
    }
  }

  private var failure: any Error {
    sink.error ?? ImageCodecError(.notEncoded(.png, detail: notes.error))
  }
}
