import Glibc

/// The place of a component's weights: a folder, and in it either one file or an index.
///
/// In a folder an index counts before a single file of the same name, and the official names
/// `diffusion_pytorch_model` and `model` before others; a variant such as
/// `model.fp16.safetensors` is taken where it is the only candidate.
struct WeightsLocation {
  enum Kind: Equatable {
    case file(String)
    case index(String)
  }

  /// As it was given.
  let path: String
  /// With a slash at its end; empty for the current folder.
  let folder: String
  let kind: Kind
  /// The name of the file or index that was given itself, rather than its folder.
  private let givenName: String?

  init(path: String) throws(SafetensorsError) {
    self.path = path
    var status = stat()
    guard stat(path, &status) == 0 else {
      throw SafetensorsError(.systemCallFailed("stat", errno: errno), in: path)
    }
    if status.st_mode & S_IFMT == S_IFDIR {
      folder = path.hasSuffix("/") ? path : path + "/"
      kind = try Self.kind(among: Self.names(in: path), in: path)
      givenName = nil
    } else {
      let name = path.split(separator: "/").last.map(String.init) ?? path
      folder = String(path.dropLast(name.count))
      kind = name.hasSuffix(".json") ? .index(name) : .file(name)
      givenName = name
    }
  }

  /// The names in a folder, sorted.
  private static func names(in folder: String) throws(SafetensorsError) -> [String] {
    guard let directory = opendir(folder) else {
      throw SafetensorsError(.systemCallFailed("opendir", errno: errno), in: folder)
    }
    defer { closedir(directory) }
    var names: [String] = []
    while let entry = readdir(directory) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
        pointer.withMemoryRebound(to: CChar.self, capacity: Int(NAME_MAX) + 1) {
          String(validatingCString: $0)
        }
      }
      if let name, !name.hasPrefix(".") { names.append(name) }
    }
    return names.sorted()
  }

  private static func kind(
    among names: [String], in path: String
  ) throws(SafetensorsError) -> Kind {
    let indices = names.filter { $0.hasSuffix(".safetensors.index.json") || isVariantIndex($0) }
    let files = names.filter { $0.hasSuffix(".safetensors") && !isShard($0) }
    for stem in ["diffusion_pytorch_model", "model"] {
      if indices.contains(stem + ".safetensors.index.json") {
        return .index(stem + ".safetensors.index.json")
      }
      if files.contains(stem + ".safetensors") { return .file(stem + ".safetensors") }
    }
    let candidates = indices + files
    guard let only = candidates.first else {
      if let shard = names.first(where: { $0.hasSuffix(".safetensors") }) {
        throw SafetensorsError(.missingIndex(shard: shard), in: path)
      }
      let pickles = [".bin", ".pt", ".pth", ".ckpt", ".pkl"]
      let pickle = names.first { name in pickles.contains { name.hasSuffix($0) } }
      throw SafetensorsError(pickle.map { .onlyPickles($0) } ?? .noWeights, in: path)
    }
    guard candidates.count == 1 else {
      throw SafetensorsError(.ambiguousWeights(candidates), in: path)
    }
    return indices.isEmpty ? .file(only) : .index(only)
  }

  /// Whether the name is `<stem>.safetensors.index.<variant>.json`, as diffusers writes variants.
  private static func isVariantIndex(_ name: String) -> Bool {
    let parts = name.split(separator: ".", omittingEmptySubsequences: false)
    return parts.count >= 5 && parts[parts.count - 1] == "json" && parts[parts.count - 3] == "index"
      && parts[parts.count - 4] == "safetensors"
  }

  /// Whether the name has `-00001-of-00002` in it.
  private static func isShard(_ name: String) -> Bool {
    let parts = name.split(whereSeparator: { $0 == "-" || $0 == "." })
    return parts.indices.dropFirst().dropLast().contains { place in
      parts[place] == "of" && Int(parts[place - 1]) != nil && Int(parts[place + 1]) != nil
    }
  }

  /// Opens the file of that name in the folder.
  func open(_ name: String) throws(SafetensorsError) -> SafetensorsFile {
    do throws(SafetensorsError) {
      return try SafetensorsFile(path: folder + name)
    } catch {
      if case .index(let index) = kind, error.reason == .systemCallFailed("open", errno: ENOENT) {
        throw SafetensorsError(.missingShard(name), in: folder + index)
      }
      throw error
    }
  }

  /// Refuses a symbolic link that leads out of the folder.
  ///
  /// One way out is allowed: the Hugging Face cache, where `models--…/snapshots/<revision>/…` are
  /// links to `models--…/blobs/<hash>` of the same repository. What was given by its own path is the
  /// user's choice and not checked.
  func checkLink(to name: String) throws(SafetensorsError) {
    guard name != givenName else { return }
    guard let target = Self.resolved(folder + name),
      let home = Self.resolved(folder.isEmpty ? "." : folder)
    else { return }  // Opening it gives the better message.
    guard !target.hasPrefix(home + "/") else { return }
    var parts = home.split(separator: "/").map(String.init)
    if let snapshots = parts.lastIndex(of: "snapshots"), snapshots > 0 {
      parts.removeSubrange(snapshots...)
      if target.hasPrefix("/" + parts.joined(separator: "/") + "/blobs/") { return }
    }
    throw SafetensorsError(.linkLeavesFolder(name, target: target), in: path)
  }

  private static func resolved(_ path: String) -> String? {
    guard let buffer = realpath(path, nil) else { return nil }
    defer { free(buffer) }
    return String(validatingCString: buffer)
  }
}
