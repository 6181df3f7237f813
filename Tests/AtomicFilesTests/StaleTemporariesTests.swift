import AtomicFiles
import FileTesting
import Glibc
import Testing

/// What other processes left, by the names alone.
struct StaleTemporariesTests {
  @Test func onlyTheTemporariesOfTheDeadAreRemoved() throws {
    let folder = try ScratchFolder()
    // No process has a number this high: the kernel's limit is 2^22.
    let dead = 1 << 30
    let kept = [
      ".a.layered-1-0123456789abcdef.partial", ".a.layered-\(dead)-xyz.partial",
      ".a.layered-\(dead)-12.part", "a.layered-\(dead)-12.partial", ".a.layered--12.partial",
      ".a.layered-0-12.partial", ".layered-.partial", ".a.partial", "partial",
      ".a.layered-99999999999999999999-12.partial",
    ]
    for name in kept + [".a.layered-\(dead)-12.partial", ".ü.x.layered-\(dead)-f.partial"] {
      try folder.write([], to: name)
    }
    try folder.write([], to: ".out.layered-\(dead)-ff.partial/deep/file")
    // Links are none of ours, whatever their names.
    let target = try folder.write([1], to: "precious")
    let links = [".link.layered-\(dead)-ff.partial", ".out.layered-\(dead)-fe.partial"]
    symlink(target, folder[links[0]])
    symlink(folder.path, folder[links[1]])

    try AtomicFile.write([1], to: folder["next"])
    #expect(try folder.names == (kept + links + ["next", "precious"]).sorted())
  }

  @Test func temporaryThatSomebodyHoldsIsKept() throws {
    let folder = try ScratchFolder()
    let name = ".a.layered-\(1 << 30)-12.partial"
    let path = try folder.write([], to: name)
    // As the process of another container would, whose number is unknown here.
    let descriptor = open(path, O_RDONLY)
    #expect(flock(descriptor, LOCK_EX) == 0)
    try AtomicFile.write([1], to: folder["next"])
    #expect(try folder.names == [name, "next"])
    close(descriptor)
  }
}
