import PoseCore
import PoseGraph

/// A graph convolution that learns how much each joint heeds its neighbours (SemGCN, Zhao et al., CVPR 2019), with batch
/// norm and ReLU, as a residual of the joints' features.
///
/// Follows `sem_graph_conv.py` of the published code, names included.
struct SemanticGraphConvolution {
  private let count: Int
  /// Joint pairs that heed each other, each joint with itself among them, by rows.
  private let edges: [Skeleton.Pair]

  init(_ joints: Skeleton) {
    let count = joints.joints.count
    let limbs = Set(joints.limbs.flatMap { [$0, Skeleton.Pair($0.second, $0.first)] })
    self.count = count
    edges = (0..<count).flatMap { row in
      (0..<count).map { Skeleton.Pair(row, $0) }.filter { $0.first == $0.second || limbs.contains($0) }
    }
  }

  /// - Parameter x: `N x joints x C`.
  func callAsFunction(_ x: Value, in scope: Scope) -> Value {
    let channels = x.extent(2)
    let weights = (scope / "gconv").parameter("W", shape: [2, channels, channels], .xavierUniform)
    let strengths = (scope / "gconv").parameter("e", shape: [1, edges.count], .constant(1))
    let bias = (scope / "gconv").parameter("bias", shape: [channels], .constant(0))
    let own = x.matmul(weights.slice(axis: 0, 0..<1).reshaped(to: [channels, channels]))
    let others = x.matmul(weights.slice(axis: 0, 1..<2).reshaped(to: [channels, channels]))

    var places: [Skeleton.Pair: Int] = [:]
    for (place, edge) in edges.enumerated() { places[edge] = place }
    let cells = (0..<count * count).map { Skeleton.Pair($0 / count, $0 % count) }
    // Pairs without an edge read the padding, which the softmax makes zero.
    let table = strengths.padded(before: [0, 0], after: [0, 1], value: -9e15)
      .gathered(axis: 1, indices: cells.map { places[$0] ?? edges.count })
      .reshaped(to: [count, count]).softmax(axis: 1).reshaped(to: [1, count * count])
    let diagonal = table.gathered(axis: 1, indices: (0..<count).map { $0 * (count + 1) }).reshaped(to: [count, 1])
    let rest = table.padded(before: [0, 0], after: [0, 1])
      .gathered(axis: 1, indices: cells.enumerated().map { $1.first == $1.second ? count * count : $0 })
      .reshaped(to: [count, count])

    let mixed = diagonal * own + rest.matmul(others) + bias
    let normed = (scope / "bn").batchNorm(mixed.transposed([0, 2, 1])).transposed([0, 2, 1])
    return x.named(scope) + (scope / "relu").relu(normed)
  }
}
