import Foundation
import ImageCodecs
import Testing

@Suite struct FileReadingTests {
  @Test func aMissingFileIsUnavailable() throws {
    try withTemporaryFolder { folder in
      for path in ["\(folder)/none.png", "\(folder)/none/none.png", "", "\(folder)/a\u{0}b.png"] {
        let error = ImageCodecError(.missing, path: path)
        #expect(throws: error) { try DecodedImage(contentsOf: path) }
        #expect(error.isInputUnavailable)
      }
    }
  }

  @Test func aDirectoryIsNoPicture() throws {
    try withTemporaryFolder { folder in
      for path in [folder, "\(folder)/"] {
        #expect(throws: ImageCodecError(.directory, path: path)) {
          try DecodedImage(contentsOf: path)
        }
      }
    }
  }

  @Test(.timeLimit(.minutes(1))) func aPipeIsRefusedWithoutWaitingForItsOtherEnd() throws {
    try withTemporaryFolder { folder in
      let path = "\(folder)/pipe.png"
      #expect(mkfifo(path, 0o600) == 0)
      let error = ImageCodecError(.notARegularFile, path: path)
      #expect(throws: error) { try DecodedImage(contentsOf: path) }
      #expect(error.isInputUnavailable)
    }
  }

  @Test func aDeviceIsRefused() {
    #expect(throws: ImageCodecError(.notARegularFile, path: "/dev/zero")) {
      try DecodedImage(contentsOf: "/dev/zero")
    }
  }

  @Test func anEmptyFileIsBadData() throws {
    try withTemporaryFolder { folder in
      let path = "\(folder)/empty.png"
      try Data().write(to: URL(filePath: path))
      let error = ImageCodecError(.empty, path: path)
      #expect(throws: error) { try DecodedImage(contentsOf: path) }
      #expect(!error.isInputUnavailable)
    }
  }

  @Test(.enabled(if: geteuid() != 0, "root may read everything"))
  func aFileWithoutPermissionIsUnavailable() throws {
    try withTemporaryFolder { folder in
      let path = "\(folder)/secret.png"
      try Data([1]).write(to: URL(filePath: path))
      #expect(chmod(path, 0) == 0)
      #expect(throws: ImageCodecError(.permissionDenied, path: path)) {
        try DecodedImage(contentsOf: path)
      }
    }
  }

  @Test func aNameTooLongIsUnreadable() {
    let path = String(repeating: "x", count: 5000)
    #expect(throws: ImageCodecError(.unreadable(code: ENAMETOOLONG), path: path)) {
      try DecodedImage(contentsOf: path)
    }
  }

  @Test func namesWithSpacesAndLineBreaksWorkAndMessagesStayOneLine() throws {
    try withTemporaryFolder { folder in
      let path = "\(folder)/-a \"b\"\nc.png"
      try Data(Fixture.bytes("pictures/rgba.png")).write(to: URL(filePath: path))
      #expect(try DecodedImage(contentsOf: path).image.size.width == 5)
      let text = ImageCodecError(.empty, path: path).description
      #expect(!text.contains("\n"))
      #expect(text.hasSuffix("/-a \"b\"\\nc.png: the file is empty"))
    }
  }
}
