import FileTesting
import Foundation
import Testing

/// Places where results cannot be written.
struct OutputTests {
  @Test(arguments: [
    ("", ""), ("none/out", "No such file"), ("picture.png", "Not a directory"),
    ("picture.png/out", "Not a directory"), ("/proc/out", "make folder"),
  ])
  func aPlaceWhereNothingCanBeMadeIsFoundBeforeTheWork(output: String, reason: String) throws {
    let place = try Workplace()
    let outcome = try place.run(place.arguments("--quiet", output: output))
    expectRefusal(outcome, 73, naming: "cannot create \"\(output)\"", reason)
    #expect(try place.leftovers().isEmpty)
  }

  @Test(arguments: ["", "none/out", "picture.png"])
  func aPlaceForSeveralResultsIsCheckedToo(output: String) throws {
    let place = try Workplace()
    let outcome = try place.run(
      place.arguments("--quiet", of: ["picture.png", "picture.png"], output: output))
    expectRefusal(outcome, 73, naming: "cannot create")
    #expect(try place.leftovers().isEmpty)
  }

  @Test func anEarlierResultIsNotReplacedUnasked() throws {
    let place = try Workplace()
    #expect(try place.run(place.arguments()).code == 0)
    let before = try place.folder.bytes(of: "out/layer-00.png")
    let outcome = try place.run(place.arguments("--seed", "1"))
    expectRefusal(outcome, 73, naming: "out/layers.json", "exists already")
    #expect(try place.folder.bytes(of: "out/layer-00.png") == before)
  }

  @Test func aFolderWithOtherFilesKeepsThem() throws {
    let place = try Workplace()
    try place.folder.write([1], to: "out/mine.txt")
    #expect(try place.run(place.arguments()).code == 0)
    #expect(try place.folder.bytes(of: "out/mine.txt") == [1])
  }

  @Test(arguments: ["none/dump", "/dev/full", "folder"])
  func aDumpThatCannotBeMadeIsFoundBeforeTheWork(dump: String) throws {
    let place = try Workplace()
    mkdir(place.folder["folder"], 0o700)
    let outcome = try place.run(place.arguments("--dump", dump, "--quiet"))
    expectRefusal(outcome, 73, naming: dump)
    #expect(try place.leftovers(besides: "folder").isEmpty)
  }

  @Test func aDumpIsNotReplacedUnasked() throws {
    let place = try Workplace()
    try place.folder.write([1], to: "dump")
    expectRefusal(
      try place.run(place.arguments("--dump", "dump", "--quiet")), 73, naming: "dump")
    #expect(try place.folder.bytes(of: "dump") == [1])
  }

  @Test(arguments: [1, 4, 8])
  func aLimitOnFileSizesIsReportedLikeAFullDisk(kibibytes: Int) throws {
    let place = try Workplace()
    let outcome = try place.run(
      place.arguments("--quiet"), shell: "ulimit -f \(kibibytes)")
    expectRefusal(outcome, 74, naming: "out/", "File too large", "bytes are needed")
    #expect(try place.leftovers().isEmpty)
  }

  @Test func aDumpThatDoesNotFitLeavesNothing() throws {
    let place = try Workplace()
    let outcome = try place.run(
      place.arguments("--dump", "dump", "--quiet"), shell: "ulimit -f 2")
    expectRefusal(outcome, 74, naming: "dump", "File too large")
    #expect(try place.leftovers().isEmpty)
  }

  @Test func twoRunsIntoOneFolderLeaveOneWholeResult() throws {
    let place = try Workplace()
    let runs = try ["1", "2"].map {
      try place.program.start(
        place.arguments("--quiet", "--seed", $0), in: place.folder.path)
    }
    let outcomes = try runs.map { try $0.wait() }
    let winners = outcomes.filter { $0.code == 0 }
    #expect(winners.count == 1)
    for loser in outcomes where loser.code != 0 {
      expectRefusal(loser, 73, naming: "exists already")
    }
    let winner = outcomes[0].code == 0 ? "1" : "2"
    #expect(try place.folder.text(of: "out/layers.json").contains("\"seed\" : \(winner),"))
    // The same picture as from a run alone.
    #expect(
      try place.run(place.arguments("--seed", winner, output: "alone")).code == 0)
    for name in ["layer-00.png", "layer-01.png", "composite.png"] {
      #expect(try place.folder.bytes(of: "out/\(name)") == place.folder.bytes(of: "alone/\(name)"))
    }
    #expect(try place.leftovers() == ["alone", "out"])
  }
}
