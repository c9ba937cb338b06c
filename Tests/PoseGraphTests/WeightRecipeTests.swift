import Testing

@testable import PoseGraph

/// The recipe gives the values that its description lists.
struct WeightRecipeTests {
  @Test(
    "hashes of names",
    arguments: [
      ("", 0xcbf2_9ce4_8422_2325), ("a", 0xaf63_dc4c_8601_ec8c), ("input", 0x1ebb_ae8f_5810_b65b),
      ("backbone.stem.conv1.conv.weight", 0x942c_a989_48a6_b372),
    ] as [(String, UInt64)])
  func hashes(name: String, expected: UInt64) { #expect(fnv1a64(name) == expected) }

  @Test("the input's first values")
  func input() throws {
    let floats = try WeightRecipe.input(shape: [1, 1, 2, 3]).floats
    #expect(Array(floats.prefix(4)) == [-1.6087267, 0.6094415, -1.185503, -0.90222144])
    let hashes = [1_641_119, 10_944_791, 3_416_248, 4_604_417, 13_272_414, 12_722_435]
    #expect(floats == hashes.map { Float(2 * (Double($0) * 0x1p-23 - 1)) })
  }

  @Test("parameters' values by their names and ranks")
  func parameters() throws {
    let graph = try Graph("recipe", input: [3, 8, 8]) { x, scope in
      let stem = scope / "backbone" / "stem" / "conv1"
      let y = (stem / "bn").batchNorm((stem / "conv").conv(x, to: 32, kernel: 3))
      let embedding = (scope / "backbone").parameter("pos_embed", shape: [1, 192, 384], .constant(0))
      return ["y": y, "embedding": embedding]
    }
    let checkpoint = WeightRecipe.checkpoint(for: graph)
    func first(_ count: Int, of name: String) -> [Float] {
      Array((checkpoint[name]?.floats ?? []).prefix(count))
    }
    let weight = "backbone.stem.conv1.conv.weight"
    let norm = "backbone.stem.conv1.bn"
    #expect(checkpoint[weight]?.shape == [32, 3, 3, 3])
    #expect(first(4, of: weight) == [-0.18679006, -0.19831674, 0.2349037, -0.11708093])
    let sum = first(864, of: weight).reduce(0) { $0 + Double($1) }
    #expect((sum + 10.619642862158798).magnitude < 1e-12)
    #expect(first(4, of: norm + ".weight") == [1.1769457, 1.0416288, 1.1036958, 1.1843393])
    #expect(first(2, of: norm + ".bias") == [-0.12876602, -0.13786784])
    #expect(first(1, of: norm + ".running_mean") == [0.061167706])
    #expect(first(2, of: norm + ".running_var") == [0.8991347, 0.80330336])
    #expect(first(3, of: "backbone.pos_embed") == [0.060163092, -0.05106306, 0.13236637])
    #expect(checkpoint[norm + ".num_batches_tracked"]?.type == .int64)
    let halved = WeightRecipe.checkpoint(for: graph, normGain: 0.5)
    #expect(halved[norm + ".weight"]?.floats == checkpoint[norm + ".weight"]?.floats.map { $0 * 0.5 })
    #expect(halved[norm + ".bias"] == checkpoint[norm + ".bias"])
    #expect(halved[weight] == checkpoint[weight])
  }
}
