import LayerDecomposition
import Testing

@Suite struct DecompositionOptionsTests {
  @Test func defaultsAreValid() throws { try DecompositionOptions().validate() }

  @Test(arguments: [
    (DecompositionOptions(layerCount: 0), "layers"),
    (DecompositionOptions(layerCount: 65), "layers"),
    (DecompositionOptions(layerCount: 1_000_000), "layers"),
    (DecompositionOptions(resolution: 0), "resolution"),
    (DecompositionOptions(resolution: 7), "resolution"),
    (DecompositionOptions(resolution: 650), "resolution"),
    (DecompositionOptions(resolution: 100_000), "resolution"),
    (DecompositionOptions(stepCount: 0), "steps"),
    (DecompositionOptions(stepCount: -1), "steps"),
    (DecompositionOptions(stepCount: 1_000_000_000), "steps"),
    (DecompositionOptions(guidanceScale: -1), "guidance-scale"),
    (DecompositionOptions(guidanceScale: .nan), "guidance-scale"),
    (DecompositionOptions(guidanceScale: .infinity), "guidance-scale"),
    (DecompositionOptions(guidanceScale: 1e30), "guidance-scale"),
  ]) func valueOutOfItsRangeIsRefusedByName(options: DecompositionOptions, name: String) {
    let error = #expect(throws: OptionError.self) { try options.validate() }
    #expect(error?.option == name)
    #expect(error?.description.contains("\n") == false)
  }
}
