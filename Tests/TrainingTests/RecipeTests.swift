import FileTesting
import Testing

@testable import Training

/// The examples that people begin with.
@Suite struct RecipeTests {
  private static let folder =
    #filePath.split(separator: "/").dropLast(3).reduce(into: "") { $0 += "/\($1)" } + "/Recipes"

  @Test func everyKeyOfTheAutoencodersRecipeIsKnown() throws {
    let recipe = try AutoencoderTrainingConfiguration(path: "\(Self.folder)/vae.yaml")
    #expect(recipe.adversary?.start == 4000 && recipe.perception?.weight == 0.5)
  }

  @Test(arguments: ["stage1", "stage2", "stage3", "lora"])
  func everyKeyOfARecipeIsKnown(name: String) throws {
    let stage = TrainingStage(rawValue: name) ?? .stage3
    let recipe = try TrainingConfiguration(path: "\(Self.folder)/\(name).yaml", stage: stage)
    #expect(
      recipe.taskWeights.keys.sorted { $0.rawValue < $1.rawValue }
        == stage.taskWeights.keys.sorted { $0.rawValue < $1.rawValue })
    #expect((recipe.adapter != nil) == (name == "lora"))
  }
}
