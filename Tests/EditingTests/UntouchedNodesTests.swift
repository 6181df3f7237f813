import DocumentModel
import Editing
import Raster
import Testing

@Suite struct UntouchedNodesTests {
  static let operations: [EditOperation] = {
    let red = RGBAPixel(red: 200, green: 10, blue: 30, alpha: 255)
    let colors = (try? HSLShift(hue: 40, saturation: 0.5, lightness: -0.2)).map {
      EditOperation.shiftColors($0)
    }
    let replacement = (try? picture(7, 3, seed: 5)).map { EditOperation.replace($0) }
    return [
      .move(dx: 3, dy: -4), .place(x: 0, y: 0), .scale(x: 2, y: 0.5),
      .resize(PixelSize(width: 9, height: 5)), .rotate(degrees: 90), .rotate(degrees: 33),
      .recolor(red), .opacity(Opacity(byte: 9)), .blend(.multiply), .rename("other"), .show,
      .hide, .remove, .duplicate, .raise, .lower, .toIndex(0), .group(name: "wrapper"),
    ] + [colors, replacement].compactMap { $0 }
  }()

  @Test func everyKindOfOperationIsAmongThoseTried() {
    #expect(Self.operations.count == 20)
  }

  @Test(arguments: operations)
  func onlyTheNamedNodeChanges(operation: EditOperation) throws {
    let document = try sampleDocument()
    var editedCount = 0
    for entry in document.entries {
      let name = entry.node.attributes.name
      let edited: EditedDocument
      do throws(EditingError) {
        edited = try document.edited(at: entry.path, by: operation)
      } catch {
        // The adjustment has no pixels, and only layers have theirs replaced.
        #expect(error == .noPixels(name: name) || error == .isGroup(name: name))
        continue
      }
      editedCount += 1
      expectOthersEqual(document, edited.document, besides: entry, newPath: edited.path)
      if let path = edited.path { #expect(edited.document[path] != nil) }
    }
    #expect(editedCount >= 5)
  }

  /// Nodes neither above nor below the named one are the same, in the same order; those above it have the
  /// same attributes.
  private func expectOthersEqual(
    _ before: LayeredDocument, _ after: LayeredDocument, besides named: LayeredDocument.Entry,
    newPath: NodePath?
  ) {
    #expect(after.canvas == before.canvas && after.profile == before.profile)
    #expect(after.resolution == before.resolution && after.preserved == before.preserved)
    let path = named.path.indices
    let others = before.entries.filter {
      !$0.path.indices.starts(with: path) && !path.starts(with: $0.path.indices)
    }
    let names = Set(others.map(\.node.attributes.name))
    let found = after.entries.filter { entry in
      let isNamed = newPath.map { entry.path.indices.starts(with: $0.indices) } ?? false
      return !isNamed && names.contains(entry.node.attributes.name)
    }
    #expect(found.map(\.node) == others.map(\.node))
    #expect(
      found.map(\.node.attributes.source.index) == others.map(\.node.attributes.source.index))
    for ancestor in before.entries
    where ancestor.path != named.path && path.starts(with: ancestor.path.indices) {
      #expect(
        after[ancestor.path]?.attributes == ancestor.node.attributes
          || after.entries.contains { $0.node.attributes == ancestor.node.attributes })
    }
  }
}
