import AtomicFiles

/// Writes one safetensors file as its bytes come; it appears whole at ``commit()`` or not at all.
///
/// All tensors are declared first. Their bytes follow tensor by tensor in the declared order, each
/// in as many parts as the caller likes.
package final class SafetensorsWriter {
  /// Where each tensor lies.
  package let entries: [TensorEntry]

  private let file: AtomicFile
  /// The tensor whose bytes come next, and how many of them have come.
  private var place = 0
  private var writtenByteCount = 0

  /// Begins a file of its own.
  ///
  /// - Parameters:
  ///   - path: The final name.
  ///   - isOverwriting: Whether a file of that name may be replaced.
  ///   - declarations: The tensors in the order in which their bytes will come.
  ///   - metadata: Texts for `__metadata__`.
  /// - Throws: ``SafetensorsError`` for declarations that no reader takes, else `OutputError`.
  package convenience init(
    path: String, overwriting isOverwriting: Bool = false, _ declarations: [TensorDeclaration],
    metadata: [String: String] = [:]
  ) throws {
    let layout = try Self.layout(declarations, metadata: metadata, path: path)
    let file = try AtomicFile(
      at: path, overwriting: isOverwriting, expectedByteCount: layout.fileByteCount)
    try self.init(layout, to: file)
  }

  /// Begins a file that appears together with the others of a folder.
  ///
  /// - Parameters:
  ///   - name: The name in the folder.
  ///   - folder: Commits after the writer.
  ///   - declarations: The tensors in the order in which their bytes will come.
  ///   - metadata: Texts for `__metadata__`.
  /// - Throws: ``SafetensorsError`` for declarations that no reader takes, else `OutputError`.
  package convenience init(
    named name: String, in folder: AtomicFolder, _ declarations: [TensorDeclaration],
    metadata: [String: String] = [:]
  ) throws {
    let layout = try Self.layout(
      declarations, metadata: metadata, path: folder.path + "/" + name)
    let file = try folder.makeFile(named: name, expectedByteCount: layout.fileByteCount)
    try self.init(layout, to: file)
  }

  private init(_ layout: SafetensorsLayout, to file: AtomicFile) throws(OutputError) {
    entries = layout.entries
    self.file = file
    try file.write(layout.header)
    skipEmptyTensors()
  }

  private static func layout(
    _ declarations: [TensorDeclaration], metadata: [String: String], path: String
  ) throws(SafetensorsError) -> SafetensorsLayout {
    do throws(SafetensorsError.Reason) {
      return try SafetensorsLayout(declarations, metadata: metadata)
    } catch {
      throw SafetensorsError(error, in: path)
    }
  }

  /// Appends bytes, little-endian and row by row, of the tensor whose turn it is.
  ///
  /// - Parameters:
  ///   - bytes: The next bytes; those of a tensor without elements need not be written.
  ///   - name: The tensor; giving another one, or more bytes than it has, is a caller's mistake.
  /// - Throws: `OutputError`; the file is then gone.
  package func write(
    _ bytes: UnsafeRawBufferPointer, of name: String
  ) throws(OutputError) {
    guard !bytes.isEmpty else { return }
    precondition(
      place < entries.count && entries[place].name == name, "it is not the turn of \(name)")
    precondition(
      bytes.count <= entries[place].byteCount - writtenByteCount, "too many bytes for \(name)")
    try file.write(bytes)
    writtenByteCount += bytes.count
    skipEmptyTensors()
  }

  /// Appends bytes of the tensor whose turn it is.
  package func write(_ bytes: [UInt8], of name: String) throws(OutputError) {
    let result = bytes.withUnsafeBytes { buffer in
      Result { () throws(OutputError) in try write(buffer, of: name) }
    }
    try result.get()
  }

  /// Makes the file durable and gives it its name; every tensor must have been written.
  package func commit() throws(OutputError) {
    precondition(place == entries.count, "not all tensors were written")
    try file.commit()
  }

  /// Moves on past a tensor that is complete and those that have no bytes.
  private func skipEmptyTensors() {
    while place < entries.count, writtenByteCount == entries[place].byteCount {
      place += 1
      writtenByteCount = 0
    }
  }
}
