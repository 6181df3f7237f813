import FileTesting
import Foundation
import Testing

/// What surrounds a run: streams, limits, variables, devices.
struct EnvironmentTests {
  private static func isResult(_ outcome: Program.Outcome, _ place: Workplace) throws -> Bool {
    try outcome.code == 0 && place.leftovers() == ["out"]
      && place.folder.text(of: "out/layers.json").hasSuffix("}\n")
  }

  @Test(arguments: [
    ">&-", "2>&-", "<&-", "<&- >&- 2>&-", "> >(true)", "2> >(true)", ">/dev/null 2>/dev/full",
  ])
  func streamsThatNobodyReadsHarmNothing(redirection: String) throws {
    let place = try Workplace()
    let outcome = try place.run(place.arguments(), redirection: redirection)
    #expect(try Self.isResult(outcome, place), "\(outcome)")
  }

  @Test(arguments: [
    ["model", "inspect"], ["model", "inspect", "--json"], ["caption", "picture.png"],
  ])
  func aResultThatCannotBePrintedIsAFault(command: [String]) throws {
    let place = try Workplace()
    let model = command[0] == "model" ? [place.model] : ["--model", place.model]
    let size = command[0] == "model" ? [] : ["--resolution", "64", "--quiet"]
    let outcome = try place.run(command + model + size, redirection: ">/dev/full")
    expectRefusal(outcome, 74, naming: "standard output", "No space left")
  }

  @Test(arguments: [
    [], ["LANG=C", "LC_ALL=C"], ["TERM="], ["TMPDIR=/none"], ["HOME=/none", "TZ=/none"],
  ])
  func variablesDoNotMatter(environment: [String]) throws {
    let place = try Workplace()
    let outcome = try place.run(
      place.arguments(), environment: environment + ["OMP_NUM_THREADS=1"])
    #expect(try Self.isResult(outcome, place), "\(outcome)")
    #expect(!outcome.errors.contains("\u{1B}"))
  }

  @Test(arguments: ["ulimit -n 16", "ulimit -s 256", "ulimit -c 0; ulimit -v 4000000"])
  func limitsThatLeaveEnoughAreLivedWith(limit: String) throws {
    let place = try Workplace()
    let outcome = try place.run(place.arguments(), shell: limit)
    #expect(try Self.isResult(outcome, place), "\(outcome)")
  }

  @Test(arguments: [100_000, 300_000, 500_000, 1_000_000])
  func anAddressSpaceTooSmallForTheProgramIsReported(kibibytes: Int) throws {
    let place = try Workplace()
    let outcome = try place.run(place.arguments("--quiet"), shell: "ulimit -v \(kibibytes)")
    expectRefusal(outcome, 1, naming: "not enough memory")
    #expect(try place.leftovers().isEmpty)
  }

  @Test func aRunThatCannotFitIsRefusedBeforeTheWork() throws {
    let place = try Workplace()
    let outcome = try place.run(
      place.arguments("--quiet", "--layers", "64", "--resolution", "2048"),
      shell: "ulimit -v 1800000")
    expectRefusal(outcome, 1, naming: "not enough memory", "transformer", "fewer layers")
    #expect(try place.leftovers().isEmpty)
  }

  /// Somewhere in this range the estimate begins to fit.
  @Test(arguments: [1_060_000, 1_100_000, 1_140_000, 1_180_000])
  func memoryThatRunsOutEndsInAnErrorAndNoCrash(kibibytes: Int) throws {
    let place = try Workplace()
    let outcome = try place.run(
      place.arguments("--quiet", "--resolution", "640", "--guidance-scale", "1"),
      shell: "ulimit -v \(kibibytes)")
    if outcome.code == 0 {
      #expect(try Self.isResult(outcome, place))
    } else {
      expectRefusal(outcome, 1)
      #expect(try place.leftovers().isEmpty)
    }
  }

  @Test(.enabled(if: dlopen("libcuda.so.1", RTLD_LAZY) == nil, "this machine has a CUDA driver"))
  func aMissingCUDADeviceIsNamed() throws {
    let place = try Workplace()
    let outcome = try place.run(place.arguments("--device", "cuda", "--quiet"))
    expectRefusal(outcome, 1, naming: "'cuda' is not available", "no NVIDIA driver")
    #expect(try place.leftovers().isEmpty)
  }

  @Test func aMissingAppleDeviceIsNamed() throws {
    let place = try Workplace()
    let outcome = try place.run(place.arguments("--device", "mps", "--quiet"))
    expectRefusal(outcome, 1, naming: "'mps' is not available")
    #expect(try place.leftovers().isEmpty)
  }
}
