import Checkpoints
import Glibc
import Raster

/// What a run will need of main memory, component by component, before it starts.
///
/// Estimates, from the sizes of weights and of the largest intermediate tensors. The process itself with libtorch holds
/// about 0.2 GB more.
package struct MemoryPlan: Hashable, Sendable {
  /// The need of one component while it is loaded.
  package struct Need: Hashable, Sendable {
    package let component: String
    package let weightByteCount: Int
    package let activationByteCount: Int

    package var total: Int { weightByteCount + activationByteCount }
  }

  package let textEncoder: Need
  package let transformer: Need
  package let vae: Need

  /// The component that needs most.
  package var largest: Need {
    [textEncoder, vae].reduce(transformer) { $1.total > $0.total ? $1 : $0 }
  }

  /// - Parameters:
  ///   - files: Of which the counts of weights and the widths are read.
  ///   - sizes: Working sizes of the pictures; the largest decides.
  ///   - options: Of which the precision, the layers and the most tokens of a prompt are read.
  package init(
    _ files: CheckpointFolder.PipelineFiles, sizes: [PixelSize], options: DecompositionOptions
  ) {
    let bytes = options.precision.dtype.byteCount
    let pixels = sizes.map { $0.width * $0.height }.max() ?? 0
    let text = files.text.network.configuration.language
    let transformer = files.transformer.configuration
    let tokens = pixels / 256 * (options.layerCount + 2) + options.maximumPromptTokenCount
    // The widest moment of a layer: the gated product of the caption's picture and its instruction.
    textEncoder = Need(
      component: "text_encoder",
      weightByteCount: files.text.network.weightByteCount(
        as: options.precision.dtype, quantizesLinearWeights: options.precision == .int8),
      activationByteCount: 2048 * (6 * text.width + 3 * text.innerWidth) * bytes)
    // The widest moment of a block: the stream before and after attention, its normalised copy, the MLP's inner tensor
    // of 4 widths and its result; about one width more for rotary tables and what matrix products put aside.
    self.transformer = Need(
      component: "transformer",
      weightByteCount: files.transformer.weightByteCount(
        as: options.precision.dtype, quantizesLinearWeights: options.precision == .int8),
      activationByteCount: tokens * transformer.modelWidth * 9 * bytes)
    // The last block of the decoder works on the full picture with the base width of channels.
    vae = Need(
      component: "vae", weightByteCount: files.vae.weightByteCount(as: options.precision.dtype),
      activationByteCount: pixels * files.vae.configuration.baseWidth * 4 * bytes)
  }

  /// - Throws: ``InsufficientMemory`` where the largest need is more than the machine's whole memory or the limit of the process.
  package func requireFit() throws(InsufficientMemory) {
    let limit = Self.limit
    guard largest.total <= limit else {
      throw InsufficientMemory(need: largest, availableByteCount: limit)
    }
  }

  /// What generated code and the stacks of threads take besides the tensors; oneDNN crashes where it is missing.
  private static let workingRoom = 256 << 20

  /// Main memory of the machine, or what a limit on this process's address space leaves where that is less.
  private static var limit: Int {
    let pages = sysconf(Int32(_SC_PHYS_PAGES))
    let pageSize = sysconf(Int32(_SC_PAGESIZE))
    var limit = pages > 0 && pageSize > 0 ? pages * pageSize : Int.max
    var addressSpace = rlimit()
    if getrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &addressSpace) == 0 {
      let taken = mappedByteCount + workingRoom
      limit = min(limit, max(0, Int(clamping: addressSpace.rlim_cur) - taken))
    }
    return limit
  }

  /// The address space that this process has taken so far, as Linux tells it, or 0.
  private static var mappedByteCount: Int {
    let file = open("/proc/self/statm", O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { return 0 }
    defer { close(file) }
    let text = [UInt8](unsafeUninitializedCapacity: 128) { buffer, count in
      count = max(0, read(file, buffer.baseAddress, buffer.count))
    }
    let pages = Int(String(decoding: text.prefix { $0 != UInt8(ascii: " ") }, as: UTF8.self)) ?? 0
    return pages * sysconf(Int32(_SC_PAGESIZE))
  }
}

/// A run that cannot fit into the machine's memory.
package struct InsufficientMemory: Error, Hashable, Sendable, CustomStringConvertible {
  package let need: MemoryPlan.Need
  package let availableByteCount: Int

  package var description: String {
    func gigabytes(_ count: Int) -> String {
      let tenths = (Double(count) / 1e8).rounded()
      return "\(tenths / 10) GB"
    }
    return "not enough memory: the \(need.component) needs about \(gigabytes(need.total)) "
      + "(\(gigabytes(need.weightByteCount)) weights, \(gigabytes(need.activationByteCount)) activations), "
      + "\(gigabytes(availableByteCount)) are there; ask for fewer layers or a smaller resolution"
  }
}
