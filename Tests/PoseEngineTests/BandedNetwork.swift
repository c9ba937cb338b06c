import PoseModels

@testable import PoseEngine
@testable import PoseGraph

/// Steps of large planes that are shared out by rows: gates and means, halved sums, rows that are made twice.
enum BandedNetwork {
  static func network(_ size: Size) throws -> (Graph, Checkpoint, Tensor) {
    let shape = [6, size.height, size.width]
    let graph = try Graph("bands", input: shape) { outputs($0, $1) }
    return (graph, WeightRecipe.checkpoint(for: graph), try WeightRecipe.input(shape: [1] + shape))
  }

  static func outputs(_ input: Value, _ scope: Scope) -> KeyValuePairs<String, Value> {
    let x = (scope / "stem").conv(input, to: 12, kernel: 3, bias: true).relu()
    let half = (scope / "half").conv(input, to: 12, kernel: 3, stride: 2, bias: true)
    // Gates from a quarter of the rows, and means that become gates.
    let pooled = x.adaptiveAveragePool(to: Size(height: 8, width: 2))
    let gates = (scope / "gates").conv(pooled, to: 12, bias: true).sigmoid()
    let gated = (scope / "gated").conv(
      x * gates.resized(to: x.size, .nearest), to: 12, kernel: 3, groups: 12, bias: true)
    let mean = gated.adaptiveAveragePool(to: 1)
    let weight = (scope / "weight").conv(mean, to: 12, bias: true).sigmoid()
    let weighted = gated * weight
    // A sum that is read with the rows beside its own, and by others as a function.
    let up = (scope / "up").conv(half, to: 12, bias: true).resized(to: x.size, .nearest)
    let sum = weighted * 2 + up
    let down = (scope / "down").conv(sum, to: 12, kernel: 3, stride: 2, groups: 12, bias: true)
    let second = (scope / "second").conv(sum, to: 12, kernel: 3, stride: 2, groups: 12, bias: true).relu()
    // Two convolutions in a row, and one of what a function made.
    let near = (scope / "near").conv((weighted + 1).unary(.hardSwish), to: 12, kernel: 3, groups: 12)
    let far = (scope / "far").conv(near, to: 12, kernel: 3, stride: 2, groups: 12, bias: true)
    let normed = (scope / "norm").batchNorm(x.relu() * 0.5)
    return [
      "sum": sum.relu(), "joined": (scope / "join").conv(down + half + far, to: 5), "second": second,
      "near": normed * weighted, "mean": x.adaptiveAveragePool(to: 1).sigmoid(), "means": (sum * mean).relu(),
    ]
  }
}
