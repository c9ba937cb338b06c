import Foundation
import PoseGraph

/// A flow back from errors in two dimensions to a normal density (Dinh et al., ICLR 2017): six couplings.
enum RealNVP {
  /// The logarithm of the density of `N x 2`, as `N x 1`.
  ///
  /// - Parameters:
  ///   - name: what the parameters' names begin with, as published.
  ///   - mean: of the normal density, both ways.
  ///   - hasPrior: whether the published state has the normal density too; here it is fixed.
  static func graph(_ name: String = "flow_model", mean: Float = 0, hasPrior: Bool = true) throws(GraphError) -> Graph {
    try Graph("RealNVP", input: [2]) { x, scope in
      let flow = scope / name
      if hasPrior {
        _ = flow.parameter("loc", shape: [2], .constant(0), role: .buffer())
        _ = flow.parameter("cov", shape: [2, 2], .values([1, 0, 0, 1]), role: .buffer())
      }
      let masks = [Float](repeating: 0, count: 12).indices.map { Float([0, 1, 1, 0][$0 % 4]) }
      let mask = flow.parameter("mask", shape: [6, 2], .values(masks), role: .buffer())
      func net(_ z: Value, _ here: Scope) -> Value {
        let y = (here / 0).linear(z, to: 64).unary(.leakyReLU)
        return (here / 4).linear((here / 2).linear(y, to: 64).unary(.leakyReLU), to: 2)
      }
      var z = x
      var logarithm: Value?
      for layer in (0..<6).reversed() {
        let kept = mask.slice(axis: 0, layer..<layer + 1)
        let changed = kept * -1 + 1
        let fixed = z * kept
        let scale = net(fixed, flow / "s" / layer).unary(.tanh) * changed
        let shift = net(fixed, flow / "t" / layer) * changed
        z = changed * (z - shift) * scale.unary(.negate).unary(.exp) + fixed
        let part = scale.reduced(.sum, axes: [1], keepsAxes: true)
        logarithm = logarithm.map { $0 - part } ?? part.unary(.negate)
      }
      if mean != 0 { z = z - mean }
      let normal = (z * z).reduced(.sum, axes: [1], keepsAxes: true) * -0.5 - Float(log(2 * Double.pi))
      return ["density": logarithm.map { $0 + normal } ?? normal]
    }
  }
}
