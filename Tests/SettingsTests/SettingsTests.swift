import Settings
import Testing

@Suite struct SettingsTests {
  private func refusal(
    of text: String, _ read: (SettingsSection) throws(SettingsError) -> Void
  ) -> String {
    do throws(SettingsError) {
      let root = try SettingsFile.parse(text, path: "run.yaml")
      try read(root)
      try root.finish()
      return ""
    } catch {
      return error.description
    }
  }

  @Test func valuesAreReadByTheirType() throws {
    let root = try SettingsFile.parse(
      """
      name: poster
      steps: 12
      rate: 1e-3
      fast: yes
      folders: [a, b]
      inner: {depth: 2}
      """, path: "run.yaml")
    #expect(try root.text("name") == "poster")
    #expect(try root.integer("steps", in: 1...100) == 12)
    #expect(try root.real("rate", in: 0...1) == 1e-3)
    #expect(try root.flag("fast") == true)
    #expect(try root.texts("folders") == ["a", "b"])
    #expect(try root.section("inner").integer("depth", in: 0...3) == 2)
    #expect(try root.text("other") == nil)
    try root.finish()
  }

  @Test func anUnknownKeyIsNamedWithItsLine() {
    let text = refusal(of: "steps: 1\nbatch:\n  sixe: 3\n") { root throws(SettingsError) in
      _ = try root.integer("steps", in: 1...2)
      _ = try root.section("batch").integer("size", in: 1...9)
    }
    #expect(text == "run.yaml:3: 'batch.sixe' is not known; known are size")
  }

  @Test func aValueOutOfItsRangeIsNamed() {
    let text = refusal(of: "steps: 0") { root throws(SettingsError) in
      _ = try root.integer("steps", in: 1...10)
    }
    #expect(text == "run.yaml:1: 'steps' 0 is not in 1...10")
  }

  @Test func aValueOfAnotherTypeIsNamed() {
    let text = refusal(of: "steps: many") { root throws(SettingsError) in
      _ = try root.integer("steps", in: 1...10)
    }
    #expect(text == "run.yaml:1: 'steps' is not a whole number")
  }

  @Test(arguments: ["a: [1, 2", "- 1\n- 2", "a: 1\na: 2", "a: *none", "\u{0}"])
  func brokenFilesAreRefusedInOneLine(text: String) {
    let refusal = refusal(of: text) { root throws(SettingsError) in _ = try root.text("a") }
    #expect(refusal.hasPrefix("run.yaml") && !refusal.contains("\n"))
  }

  @Test func deepNestingEndsInAnError() {
    let text = "a: " + String(repeating: "[", count: 100_000)
    let refusal = refusal(of: text) { root throws(SettingsError) in _ = try root.text("a") }
    #expect(refusal.hasPrefix("run.yaml"))
  }

  @Test func aliasesOfAliasesCostNothing() throws {
    var text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
    for level in 1...30 {
      let inner = Array(repeating: "*a\(level - 1)", count: 10).joined(separator: ", ")
      text += "a\(level): &a\(level) [\(inner)]\n"
    }
    let root = try SettingsFile.parse(text, path: "run.yaml")
    #expect(throws: SettingsError.self) { try root.text("a30") }
  }

  @Test func anEmptyFileHasNoSettings() throws {
    for text in ["", "# nothing\n", "---\n"] {
      try SettingsFile.parse(text, path: "run.yaml").finish()
    }
  }
}
