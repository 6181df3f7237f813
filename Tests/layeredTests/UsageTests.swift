import FileTesting
import Testing

/// Options out of their range and commands that nobody can mean.
struct UsageTests {
  @Test(arguments: [["--help"], ["decompose", "--help"], ["model", "init", "-h"], []])
  func helpGoesToStandardOutput(arguments: [String]) throws {
    let outcome = try Workplace().run(arguments)
    #expect(outcome.code == 0)
    #expect(outcome.text.contains("USAGE: layered"))
    #expect(outcome.errors.isEmpty)
  }

  @Test func theVersionGoesToStandardOutput() throws {
    let outcome = try Workplace().run(["--version"])
    #expect(outcome.code == 0)
    #expect(outcome.text.split(separator: ".").count == 3)
  }

  @Test(arguments: [
    ["decompose"], ["paint"], ["--paint"], ["model", "init"],
    ["decompose", "picture.png", "--model", "m", "--paint"],
    ["decompose", "picture.png", "--model", "m", "--seed"],
    ["decompose", "picture.png", "--model", "m", "--seed="],
    ["decompose", "picture.png", "--model", "m", "--seed", "-1"],
    ["decompose", "picture.png", "--model", "m", "--seed", "18446744073709551616"],
    ["decompose", "picture.png", "--model", "m", "--seed", "abc"],
    ["decompose", "picture.png", "--model", "m", "--steps", "99999999999999999999"],
    ["decompose", "picture.png", "--model", "m", "--guidance-scale", "abc"],
    ["decompose", "picture.png", "--model", "m", "--caption-language", "fr"],
    ["decompose", "picture.png", "--model", "m", "--precision", "float16"],
    ["decompose", "picture.png", "--model", "m", "--device", "tpu"],
    ["decompose", "picture.png", "picture.png", "--model", "m", "-o", "out.ora"],
    ["inspect"], ["convert", "picture.png"], ["inspect", "picture.png", "picture.png"],
    ["decompose", "picture.png", "picture.png", "--model", "m", "--dump", "d"],
    ["model", "init", "--preset", "huge", "-o", "m"],
    ["model", "init", "--preset", "full", "-o", "m"],
  ])
  func wrongUsageIsExplained(arguments: [String]) throws {
    let place = try Workplace()
    let outcome = try place.run(arguments)
    #expect(outcome.code == 64, "\(outcome.errors)")
    #expect(outcome.errors.hasPrefix("Error: ") && outcome.errors.contains("Usage: layered"))
    #expect(outcome.output.isEmpty)
    #expect(try place.leftovers().isEmpty)
  }

  @Test(arguments: [
    "--steps=0", "--steps=-1", "--steps=1000000000", "--layers=0", "--layers=65",
    "--layers=1000000", "--resolution=0", "--resolution=7", "--resolution=80",
    "--resolution=100000", "--guidance-scale=-1", "--guidance-scale=nan",
    "--guidance-scale=1e400", "--guidance-scale=101",
  ])
  func aValueOutOfItsRangeIsNamed(option: String) throws {
    let place = try Workplace()
    let outcome = try place.run(
      ["decompose", "picture.png", "-o", "out", "--model", place.model, option])
    let name = String(option.prefix { $0 != "=" })
    expectRefusal(outcome, 64, naming: name + " ", "is not")
    #expect(try place.leftovers().isEmpty)
  }

  @Test func theLastOfARepeatedOptionCounts() throws {
    let place = try Workplace()
    let outcome = try place.run(place.arguments("--seed", "1", "--seed", "2"))
    #expect(outcome.code == 0)
    #expect(try place.folder.text(of: "out/layers.json").contains("\"seed\" : 2"))
  }
}
