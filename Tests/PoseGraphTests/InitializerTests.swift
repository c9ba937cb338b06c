import PoseFormats
import TestSupport
import Testing

@testable import PoseGraph

/// Fresh weights follow their rules, and the same seed gives the same ones.
struct InitializerTests {
  struct Rule: Sendable, CustomTestStringConvertible {
    let initializer: Initializer
    /// Of a weight of 64 x 32 x 3 x 3: fan in 288, fan out 576.
    let deviation: Double
    let bound: Double
    var testDescription: String { "\(initializer)" }
  }

  // 18432 numbers: the mean is within 4 deviations / sqrt(n), the deviation within 3 %, in all but one of 10^4 seeds.
  @Test(
    "means, deviations and bounds",
    arguments: [
      Rule(initializer: .normal(deviation: 0.01), deviation: 0.01, bound: .infinity),
      Rule(initializer: .truncatedNormal(deviation: 0.02), deviation: 0.02 * 0.8796, bound: 0.04),
      Rule(initializer: .uniform(0.3), deviation: 0.3 / 3.0.squareRoot(), bound: 0.3),
      Rule(initializer: .kaimingNormal(.input), deviation: (2 / 288.0).squareRoot(), bound: .infinity),
      Rule(initializer: .kaimingNormal(.output), deviation: (2 / 576.0).squareRoot(), bound: .infinity),
      Rule(
        initializer: .pyTorchDefault(fanIn: 288), deviation: (1 / 288.0 / 3).squareRoot(), bound: 1 / 288.0.squareRoot()
      ),
      Rule(initializer: .xavierUniform, deviation: (2 / 864.0).squareRoot(), bound: (6 / 864.0).squareRoot()),
    ])
  func statistics(_ rule: Rule) {
    var random = SplitMix64(seed: 42)
    let scalars = rule.initializer.scalars(of: [64, 32, 3, 3], with: &random).map(Double.init)
    #expect(scalars.count == 18432)
    let mean = scalars.reduce(0, +) / 18432
    let deviation = (scalars.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 18432).squareRoot()
    #expect(mean.magnitude < 4 * rule.deviation / 18432.0.squareRoot())
    #expect((deviation / rule.deviation - 1).magnitude < 0.03)
    #expect(scalars.allSatisfy { $0.magnitude <= rule.bound * 1.000001 })
  }

  @Test("constants and tables")
  func fixed() {
    var random = SplitMix64(seed: 1)
    #expect(Initializer.constant(3).scalars(of: [2, 2], with: &random) == [3, 3, 3, 3])
    #expect(Initializer.values([1, 2]).scalars(of: [2], with: &random) == [1, 2])
    #expect(Initializer.values([1, 2]).scalars(of: [3], with: &random) == [0, 0, 0])
  }

  @Test("sine positions equal the published code's")
  func sinePositions() throws {
    let archive = try GoldenFile.archive("golden/forward/tokenpose_sine_pos_embedding.npz")
    let sample = try archive.sample("pos_embedding")
    var random = SplitMix64(seed: 1)
    let ours = sample.places(
      in: Initializer.sinePositions(height: 16, width: 16).scalars(of: [1, 256, 192], with: &random))
    #expect(ours.count == sample.values.count)
    #expect((zip(ours, sample.values).map { abs($0 - $1) }.max() ?? .infinity) < 1e-5)
  }

  @Test("a seed decides the weights, and a parameter's name which of them")
  func determinism() throws {
    let graph = try Graph("two", input: [8, 4, 4]) { x, scope in
      let y = (scope / "a").conv(x, to: 8, kernel: 3)
      return ["y": (scope / "bn").batchNorm((scope / "b").conv(y, to: 8, kernel: 3))]
    }
    let first = graph.initialized(seed: 7)
    #expect(first == graph.initialized(seed: 7))
    #expect(first["a.weight"] != graph.initialized(seed: 8)["a.weight"])
    #expect(first["a.weight"] != first["b.weight"])
    #expect(first["bn.running_var"]?.floats == Array(repeating: 1, count: 8))
    try graph.check(first)
    // The order of layers changes nothing.
    let alone = try Graph("one", input: [8, 4, 4]) { x, scope in ["y": (scope / "b").conv(x, to: 8, kernel: 3)] }
    #expect(alone.initialized(seed: 7)["b.weight"] == first["b.weight"])
  }
}
