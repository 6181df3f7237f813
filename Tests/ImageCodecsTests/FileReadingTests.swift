import FileTesting
import Glibc
import ImageCodecs
import Testing

@Suite struct FileReadingTests {
  private let folder: ScratchFolder

  init() throws {
    folder = try ScratchFolder()
  }

  @Test func aMissingFileIsUnavailable() {
    for path in [folder["none.png"], folder["none/none.png"], "", folder["a\u{0}b.png"]] {
      let error = ImageCodecError(.missing, path: path)
      #expect(throws: error) { try DecodedImage(contentsOf: path) }
      #expect(error.isInputUnavailable)
    }
  }

  @Test func aDirectoryIsNoPicture() {
    for path in [folder.path, folder[""]] {
      #expect(throws: ImageCodecError(.directory, path: path)) {
        try DecodedImage(contentsOf: path)
      }
    }
  }

  @Test(.timeLimit(.minutes(1))) func aPipeIsRefusedWithoutWaitingForItsOtherEnd() {
    let path = folder["pipe.png"]
    #expect(mkfifo(path, 0o600) == 0)
    let error = ImageCodecError(.notARegularFile, path: path)
    #expect(throws: error) { try DecodedImage(contentsOf: path) }
    #expect(error.isInputUnavailable)
  }

  @Test func aDeviceIsRefused() {
    #expect(throws: ImageCodecError(.notARegularFile, path: "/dev/zero")) {
      try DecodedImage(contentsOf: "/dev/zero")
    }
  }

  @Test func anEmptyFileIsBadData() throws {
    let path = try folder.write([], to: "empty.png")
    let error = ImageCodecError(.empty, path: path)
    #expect(throws: error) { try DecodedImage(contentsOf: path) }
    #expect(!error.isInputUnavailable)
  }

  @Test(.enabled(if: geteuid() != 0, "root may read everything"))
  func aFileWithoutPermissionIsUnavailable() throws {
    let path = try folder.write([1], to: "secret.png")
    #expect(chmod(path, 0) == 0)
    #expect(throws: ImageCodecError(.permissionDenied, path: path)) {
      try DecodedImage(contentsOf: path)
    }
  }

  @Test func aNameTooLongIsUnreadable() {
    let path = String(repeating: "x", count: 5000)
    #expect(throws: ImageCodecError(.unreadable(code: ENAMETOOLONG), path: path)) {
      try DecodedImage(contentsOf: path)
    }
  }

  @Test func namesWithSpacesAndLineBreaksWorkAndMessagesStayOneLine() throws {
    let path = try folder.write(Fixture.bytes("pictures/rgba.png"), to: "-a \"b\"\nc.png")
    #expect(try DecodedImage(contentsOf: path).image.size.width == 5)
    let text = ImageCodecError(.empty, path: path).description
    #expect(!text.contains("\n"))
    #expect(text.hasSuffix("/-a \"b\"\\nc.png: the file is empty"))
  }
}
