import CTorch

/// A source of random numbers, passed in wherever they are drawn.
///
/// It is torch's CPU generator (MT19937), so `Generator(seed: s)` gives the numbers of
/// `torch.Generator("cpu").manual_seed(s)`. libtorch seeds it with the low 32 bits of the seed.
package final class Generator {
  let handle: OpaquePointer

  package init(seed: UInt64) throws(TorchError) {
    var made: OpaquePointer?
    try TorchError.check(ctorch_make_generator(seed, &made), "generator")
    guard let made else {
      throw .operatorFailed(name: "generator", reason: "no generator came back")
    }
    handle = made
  }

  deinit { ctorch_release_generator(handle) }
}
