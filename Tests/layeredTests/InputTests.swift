import FileTesting
import Foundation
import ImageCodecs
import Safetensors
import Testing

/// Pictures and noise that cannot be used.
struct InputTests {
  @Test func aPictureThatIsNotThereCannotBeOpened() throws {
    let place = try Workplace()
    expectRefusal(
      try place.run(place.arguments(of: ["none.png"])), 66, naming: "none.png: no such file")
    #expect(try place.leftovers().isEmpty)
  }

  @Test(arguments: ["", "picture.png/", "none\n.png", String(repeating: "a", count: 5000)])
  func aNameThatCannotBeOpenedIsWrittenOnOneLine(name: String) throws {
    let place = try Workplace()
    expectRefusal(try place.run(place.arguments(of: [name])), 66)
    #expect(try place.leftovers().isEmpty)
  }

  @Test func bytesThatAreNoTextInANameCannotBeOpened() throws {
    let place = try Workplace()
    let outcome = try place.run(place.arguments(), shell: #"set -- "$@" $'a\xff.png'"#)
    expectRefusal(outcome, 66, naming: "a\u{FFFD}.png")
    #expect(try place.leftovers().isEmpty)
  }

  @Test(arguments: [0, 1, 7, 8, 40])
  func aPictureCutShortIsBadData(byteCount: Int) throws {
    let place = try Workplace()
    let bytes = try place.folder.bytes(of: "picture.png").prefix(byteCount)
    try place.folder.write(bytes, to: "cut.png")
    expectRefusal(try place.run(place.arguments(of: ["cut.png"])), 65, naming: "cut.png")
    #expect(try place.leftovers(besides: "cut.png").isEmpty)
  }

  @Test(arguments: ["folder", "pipe"])
  func whatIsNoFileCannotBeOpened(name: String) throws {
    let place = try Workplace()
    mkdir(place.folder["folder"], 0o700)
    mkfifo(place.folder["pipe"], 0o600)
    expectRefusal(try place.run(place.arguments(of: [name])), 66, naming: name)
    #expect(try place.leftovers(besides: "folder", "pipe").isEmpty)
  }

  @Test(arguments: ["decompose", "caption"])
  func aPictureThatIsFarTooLongIsBadData(command: String) throws {
    let place = try Workplace()
    try place.folder.write(
      Workplace.picture(width: 3000, height: 1).encoded(as: .png), to: "long.png")
    let outcome = try place.run([
      command, "long.png", "--model", place.model, "--resolution", "64",
    ])
    expectRefusal(outcome, 65, naming: "long.png: a picture of 3000 x 1 pixels is too long")
    #expect(try place.leftovers(besides: "long.png").isEmpty)
  }

  @Test func oneBadPictureAmongSeveralIsFoundBeforeTheWork() throws {
    let place = try Workplace()
    try place.folder.write([1, 2, 3], to: "bad.png")
    expectRefusal(
      try place.run(place.arguments(of: ["picture.png", "bad.png"])), 65, naming: "bad.png")
    #expect(try place.leftovers(besides: "bad.png").isEmpty)
  }

  @Test func noiseThatIsNotThereCannotBeOpened() throws {
    let place = try Workplace()
    expectRefusal(try place.run(place.arguments("--noise", "none")), 66, naming: "none")
    #expect(try place.leftovers().isEmpty)
  }

  @Test func noiseThatIsAnotherFileIsBadData() throws {
    let place = try Workplace()
    expectRefusal(
      try place.run(place.arguments("--noise", "picture.png")), 65, naming: "picture.png")
    #expect(try place.leftovers().isEmpty)
  }

  @Test(arguments: ["noise", "other"])
  func noiseOfAnotherNameOrShapeIsBadData(name: String) throws {
    let place = try Workplace()
    let writer = try SafetensorsWriter(
      path: place.folder["noise"],
      [TensorDeclaration(name: name, dtype: .float32, shape: [1, 2])])
    try writer.write([UInt8](repeating: 0, count: 8), of: name)
    try writer.commit()
    let outcome = try place.run(place.arguments("--noise", "noise", "--quiet"))
    expectRefusal(
      outcome, 65, naming: name == "noise" ? "[1, 2], expected [1, 3, 16, 8, 8]" : "no tensor")
    #expect(try place.leftovers(besides: "noise").isEmpty)
  }
}
