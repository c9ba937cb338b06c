import PoseCore
import PoseGraph

extension Value {
  /// A table of positions `1 x H*W x C` on another grid, by cubic interpolation as PyTorch's (Keys' kernel, -0.75).
  func resizedCubically(_ size: Size, to target: Size, in scope: Scope) -> Value {
    let rows = scope.constant(cubicWeights(size.height, to: target.height), shape: [target.height, size.height])
    let columns = scope.constant(cubicWeights(size.width, to: target.width), shape: [target.width, size.width])
    return rows.matmul(asImage(size).matmul(columns.transposed([1, 0]))).asTokens()
  }
}

/// How much each entry of a line weighs in each entry of a line of another length; entries beyond the ends repeat.
private func cubicWeights(_ count: Int, to target: Int) -> [Float] {
  var weights = Array(repeating: 0.0, count: count * target)
  for index in 0..<target {
    let position = (Double(index) + 0.5) * Double(count) / Double(target) - 0.5
    let first = Int(position.rounded(.down))
    for tap in first - 1...first + 2 {
      let distance = abs(position - Double(tap))
      let weight =
        distance <= 1
        ? (1.25 * distance - 2.25) * distance * distance + 1
        : ((-0.75 * distance + 3.75) * distance - 6) * distance + 3
      weights[index * count + min(max(tap, 0), count - 1)] += weight
    }
  }
  return weights.map(Float.init)
}
