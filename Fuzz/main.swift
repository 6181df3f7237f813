// Feeds mutated bytes to one reader: `Fuzzing READER [libFuzzer options] CORPUS…`.
//
// Built and started by `make fuzz`; see Fuzz/run.sh.

import Glibc

@_silgen_name("LLVMFuzzerRunDriver")
private func runLibFuzzer(
  _ argumentCount: UnsafeMutablePointer<CInt>,
  _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>>,
  _ test: @convention(c) (UnsafePointer<UInt8>?, Int) -> CInt
) -> CInt

guard CommandLine.arguments.count > 1, let reader = FuzzedReader(rawValue: CommandLine.arguments[1])
else {
  let names = FuzzedReader.allCases.map(\.rawValue).joined(separator: "|")
  let usage = "usage: Fuzzing \(names) [libFuzzer options] CORPUS…\n"
  _ = write(STDERR_FILENO, Array(usage.utf8), usage.utf8.count)
  exit(64)
}
FuzzedReader.selected = reader

// libFuzzer sees every argument but the reader's name, which it would take for a corpus.
var argumentCount = CommandLine.argc - 1
var arguments = CommandLine.unsafeArgv + 1
arguments[0] = CommandLine.unsafeArgv[0]
exit(
  runLibFuzzer(&argumentCount, &arguments) { bytes, count in
    FuzzedReader.selected.read(Array(UnsafeBufferPointer(start: bytes, count: count)))
    return 0
  })
