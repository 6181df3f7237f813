import Foundation
import ProcessGroups
import Testing
import Torch

private func isLoadable(_ library: String) -> Bool {
  guard let found = dlopen(library, RTLD_LAZY) else { return false }
  dlclose(found)
  return true
}

@Suite struct NCCLProcessGroupTests {
  @Test(.disabled(if: isLoadable("libnccl.so.2"), "this machine has NCCL"))
  func missingLibraryNamesThePackage() throws {
    let error = #expect(throws: ProcessGroupError.self) {
      try NCCLProcessGroup(over: SingleProcess(), deviceIndex: 0, patience: .seconds(1))
    }
    let text = try #require(error).description
    #expect(text.hasPrefix("libnccl.so.2 cannot be used: install the wheel nvidia-nccl"))
    #expect(!text.contains("\n"))
  }

  /// One process: NCCL's own round trip over the stream beside the computation's.
  @Test(.enabled(if: isLoadable("libcuda.so.1"), "needs a CUDA device"))
  func sumOnADeviceFollowsTheComputation() throws {
    let group = try NCCLProcessGroup(
      over: SingleProcess(), deviceIndex: 0, patience: .seconds(60))
    let tensor = try Tensor.full(1, shape: [1 << 20], device: .cuda(0)) * 3
    try group.sum(tensor).wait()
    try group.broadcast(tensor, from: 0)
    #expect(try (tensor + 1).values(as: Float.self).allSatisfy { $0 == 4 })
    #expect(try group.gather([1, 2]) == [[1, 2]])
    try group.close()
  }
}
