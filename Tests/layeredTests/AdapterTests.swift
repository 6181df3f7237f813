import FileTesting
import Safetensors
import Testing

/// A rank-1 adapter of the tiny model's output layer, every factor the same number.
private func adapter(
  of layer: String = "proj_out", in place: Workplace, named name: String = "adapter.safetensors"
) throws {
  let weights = try ShardedSafetensors(path: place.model + "/transformer")
  let shape = try #require(weights.entry(named: "proj_out.weight")).shape
  let factors = [
    ("transformer.\(layer).lora_A.weight", [1, shape[1]]),
    ("transformer.\(layer).lora_B.weight", [shape[0], 1]),
  ]
  let writer = try SafetensorsWriter(
    path: place.folder[name],
    factors.map { TensorDeclaration(name: $0.0, dtype: .float32, shape: $0.1) })
  for (key, shape) in factors {
    let numbers = [Float](repeating: 0.25, count: shape[0] * shape[1])
    try writer.write(numbers.withUnsafeBytes(Array.init), of: key)
  }
  try writer.commit()
}

/// The final latents of a run in float32.
private func latents(_ place: Workplace, _ options: String...) throws -> [Float] {
  let name = "run\(options.joined())".filter { $0.isLetter || $0.isNumber }
  let outcome = try place.run(
    place.arguments(of: ["picture.png"], output: name) + options
      + ["--precision", "float32", "--dump", name + ".safetensors"])
  #expect(outcome.code == 0, "\(outcome.errors)")
  let file = try SafetensorsFile(path: place.folder[name + ".safetensors"])
  return try file.bytes(of: "final_latents").bytes.withMemoryRebound(to: Float.self, Array.init)
}

struct AdapterTests {
  @Test func anAdapterChangesTheResultByItsStrengthMergedOrNot() throws {
    let place = try Workplace()
    try adapter(in: place)
    let plain = try latents(place)
    let none = try latents(place, "--lora", "adapter.safetensors:0")
    let merged = try latents(place, "--lora", "adapter.safetensors")
    let apart = try latents(place, "--lora", "adapter.safetensors:1", "--no-merge-lora")
    let halves = try latents(
      place, "--lora", "adapter.safetensors:0.5", "--lora", "adapter.safetensors:0.5")
    #expect(none == plain)
    func distance(_ a: [Float], _ b: [Float]) -> Float {
      zip(a, b).map { abs($0 - $1) }.max() ?? .infinity
    }
    #expect(distance(plain, merged) > 0.1)
    #expect(distance(merged, apart) < 1e-4)
    #expect(distance(merged, halves) < 1e-4)
  }

  @Test func adaptersThatDoNotFitAreRefusedBeforeAnyWork() throws {
    let place = try Workplace()
    try adapter(of: "no.such.layer", in: place)
    try expectRefusal(
      place.run(place.arguments("--lora", "adapter.safetensors")), 65,
      naming: "adapter.safetensors",
      "no.such.layer")
    try expectRefusal(
      place.run(place.arguments("--lora", "missing.safetensors")), 66, naming: "missing.safetensors"
    )
    #expect(try place.leftovers(besides: "adapter.safetensors").isEmpty)
    #expect(try place.run(place.arguments("--lora", "adapter.safetensors:inf")).code == 64)
    #expect(try place.run(place.arguments("--lora", ":0.5")).code == 64)
  }
}
