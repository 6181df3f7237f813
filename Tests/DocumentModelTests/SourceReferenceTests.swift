import DocumentModel
import Testing

@Suite struct SourceReferenceTests {
  @Test func whereALayerCameFromIsNoPartOfWhatItIs() {
    let read = LayerAttributes(name: "sky", source: SourceReference(index: 3))
    let made = LayerAttributes(name: "sky")
    #expect(read == made)
    #expect(read.hashValue == made.hashValue)
    #expect(read.source.index == 3)
  }
}
