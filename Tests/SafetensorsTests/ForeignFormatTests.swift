import FileTesting
import Foundation
import Glibc
import Safetensors
import Testing

/// Other things under the name of a weights file.
struct ForeignFormatTests {
  private static let pointer = """
    version https://git-lfs.github.com/spec/v1
    oid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393
    size 9973693184

    """

  @Test func emptyFileIsNamed() throws {
    #expect(try ExampleFile.refusal(of: []) == .emptyFile)
  }

  @Test func gitLFSPointerIsNamed() throws {
    #expect(try ExampleFile.refusal(of: Array(Self.pointer.utf8)) == .gitLFSPointer)
    let error = SafetensorsError(.gitLFSPointer, in: "model.safetensors")
    #expect(
      error.description
        == #""model.safetensors": this is a Git LFS pointer: the real file was not downloaded"#)
  }

  @Test(arguments: [
    "<!DOCTYPE html><html>", "<html lang=\"en\">", "\n  <!doctype HTML>", "\u{FEFF}<HTML>",
    "<?xml version=\"1.0\"?><Error>",
  ])
  func webPageIsNamed(text: String) throws {
    #expect(try ExampleFile.refusal(of: Array(text.utf8)) == .webPage)
  }

  @Test func pickleAndArchiveAreNamedAndNeverRead() throws {
    let archive: [UInt8] = [0x50, 0x4B, 0x03, 0x04, 0, 0, 8, 8, 0, 0, 0, 0, 0, 0, 0, 0]
    let legacy: [UInt8] = [0x80, 2, 0x8A, 0x0A, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8]
    let plain: [UInt8] = [0x80, 4, 0x95, 0x0F, 0, 0, 0, 0, 0, 0, 0, 0x7D, 0x94, 0x2E]
    for bytes in [archive, legacy, plain] {
      #expect(try ExampleFile.refusal(of: bytes) == .pickle)
    }
    #expect("\(SafetensorsError.Reason.pickle)".contains("pickle files can execute code"))
  }

  @Test func headerLengthThatLooksLikeAPickleIsRead() throws {
    // 0x280 bytes of header: the file begins with 80 02, as a pickle of protocol 2 does.
    let header = "{}" + String(repeating: " ", count: 0x27E)
    #expect(try ExampleFile(header).refusal() == nil)
  }

  @Test func ggufIsNamed() throws {
    #expect(try ExampleFile.refusal(of: Array("GGUF".utf8) + [3, 0, 0, 0, 0, 0]) == .gguf)
  }

  @Test func folderDeviceAndPipeAreNotRegularFiles() throws {
    let folder = try ScratchFolder()
    #expect(mkfifo(folder["pipe"], 0o600) == 0)
    for path in [folder.path, "/dev/null", folder["pipe"]] {
      #expect(throws: SafetensorsError(.notARegularFile, in: path)) {
        try SafetensorsFile(path: path)
      }
    }
  }

  @Test func missingFileSaysSo() throws {
    let error = SafetensorsError(.systemCallFailed("open", errno: ENOENT), in: "/nowhere")
    #expect(throws: error) { try SafetensorsFile(path: "/nowhere") }
    #expect(error.description == #""/nowhere": open failed: No such file or directory"#)
    #expect(error.isUnopenable)
  }
}
