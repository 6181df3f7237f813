import FileTesting
import Foundation
import Testing

/// Runs that are told to end.
struct InterruptionTests {
  /// A moment of a run, known by what it has said.
  enum Moment: String, CaseIterable {
    case loading = "the largest component is"
    case denoising = "denoising: step 1 of"
    case decoding = "decoding: layer 1 of"
  }

  /// A run that lasts until it is told to end.
  private func longArguments(_ place: Workplace, _ moment: Moment) -> [String] {
    place.arguments(
      "--steps", moment == .denoising ? "1000" : "1", "--layers", "64", "--resolution", "128",
      "--guidance-scale", "1")
  }

  @Test(arguments: Moment.allCases, [SIGINT, SIGTERM, SIGHUP])
  func aSignalEndsTheRunAndLeavesNothing(moment: Moment, signal: Int32) throws {
    let place = try Workplace()
    let run = try place.program.start(longArguments(place, moment), in: place.folder.path)
    #expect(run.waits { run.errorsSoFar.contains(moment.rawValue) })
    run.send(signal)
    let outcome = try run.wait()
    #expect(!outcome.isOverdue)
    #expect(outcome.code == 128 + signal, "\(outcome.errors)")
    #expect(outcome.output.isEmpty)
    #expect(!outcome.errors.contains("layered:"))
    #expect(try place.leftovers().isEmpty)
  }

  @Test func aSignalWithinALongStepDoesNotWaitForIt() throws {
    let place = try Workplace()
    let run = try place.program.start(
      place.arguments("--layers", "8", "--resolution", "640"), in: place.folder.path)
    #expect(run.waits { run.errorsSoFar.contains("loaded transformer") })
    run.send(SIGTERM)
    let outcome = try run.wait()
    #expect(outcome.code == 143, "\(outcome.errors)")
    #expect(try place.leftovers().isEmpty)
  }

  @Test func aSecondSignalEndsTheRunAtOnceWithTheCodeOfTheFirst() throws {
    let place = try Workplace()
    let run = try place.program.start(
      place.arguments("--layers", "8", "--resolution", "640"), in: place.folder.path)
    #expect(run.waits { run.errorsSoFar.contains("loaded transformer") })
    run.send(SIGINT)
    usleep(200_000)
    run.send(SIGTERM)
    let outcome = try run.wait()
    #expect(outcome.code == 130, "\(outcome.errors)")
    #expect(try place.leftovers().isEmpty)
  }

  @Test func aSignalWhileAResultIsWrittenLeavesAllOfItOrNothing() throws {
    let place = try Workplace()
    let run = try place.program.start(
      place.arguments("--layers", "64", "--resolution", "128", "--quiet"), in: place.folder.path)
    let isWriting = try run.waits {
      try place.folder.names.contains { name in
        name.hasPrefix(".out.layered-")
          && ((try? ScratchFolder.names(in: place.folder[name])) ?? []).contains("layer-00.png")
      }
    }
    run.send(SIGINT)
    let outcome = try run.wait()
    if outcome.code == 0 {
      // The signal came too late.
      #expect(try ScratchFolder.names(in: place.folder["out"]).count == 66)
      #expect(try place.leftovers() == ["out"])
    } else {
      #expect(isWriting)
      #expect(outcome.code == 130, "\(outcome.errors)")
      #expect(try place.leftovers().isEmpty)
    }
  }

  @Test func aKilledRunsRemainsGoWithTheNextRun() throws {
    let place = try Workplace()
    let run = try place.program.start(
      place.arguments("--layers", "64", "--resolution", "128", "--quiet"), in: place.folder.path)
    _ = try run.waits { try place.folder.names.contains { $0.hasPrefix(".out.layered-") } }
    run.send(SIGKILL)
    #expect(try run.wait().signal == SIGKILL)
    #expect(try place.run(place.arguments()).code == 0)
    #expect(try place.leftovers() == ["out"])
  }

  @Test func aTerminalThatIsClosedDoesNotEndARunUnderNohup() throws {
    let place = try Workplace()
    let run = try place.program.start(
      place.arguments("--steps", "20"), in: place.folder.path, shell: "trap '' HUP")
    #expect(run.waits { run.errorsSoFar.contains(Moment.denoising.rawValue) })
    run.send(SIGHUP)
    #expect(try run.wait().code == 0)
  }

  @Test func makingAModelIsInterruptedToo() throws {
    let place = try Workplace()
    let run = try place.program.start(
      ["model", "init", "--preset", "small", "--precision", "float32", "-o", "small"],
      in: place.folder.path)
    #expect(run.waits { run.errorsSoFar.contains("text_encoder: ") })
    run.send(SIGINT)
    #expect(try run.wait().code == 130)
    #expect(try place.leftovers().isEmpty)
  }
}
