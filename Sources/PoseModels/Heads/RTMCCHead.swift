import PoseCore
import PoseGraph

/// RTMPose's head (Jiang et al., 2023): SimCC's classification after a gated attention unit over the joints.
///
/// Follows MMPose's `RTMCCHead`, names included.
struct RTMCCHead: Head {
  /// The side of the last convolution's kernel.
  var kernel = 7
  var channels = 256
  /// Classes a pixel of the input.
  var splitRatio = 2.0

  static let catalogue: [String: any Head] = ["rtmcc": RTMCCHead(), "simcc_gated": RTMCCHead(kernel: 1)]

  /// Makes `x` and `y`: `N x joints x (width or height) * splitRatio`.
  func callAsFunction(_ features: [Value], _ task: HeadTask, in scope: Scope) -> GraphOutputs {
    guard let coarsest = features.last, let joints = task.joints else {
      scope.fail("an RTMCC head needs features and joints")
      return [:]
    }
    guard scope.acceptsRepeats([kernel], from: 1, of: "pixels of a kernel's side") else { return [:] }
    let count = joints.joints.count
    let maps = (scope / "final_layer").conv(
      coarsest, to: count, kernel: Size(kernel), bias: true, initializer: .normal(deviation: 0.001))
    var tokens = maps.named(scope).reshaped(to: [1, count, maps.size.height * maps.size.width])
    tokens = (scope / "mlp" / 0).scaleNorm(tokens)
    tokens = (scope / "mlp" / 1).linear(tokens, to: channels, bias: false, initializer: initializer)
    tokens = GatedAttentionUnit()(tokens, in: scope / "gau")
    func classify(_ name: String, _ side: Int) -> Value {
      (scope / name).linear(
        tokens, to: Int(Double(side) * splitRatio), bias: false, initializer: initializer)
    }
    return ["x": classify("cls_x", task.input.width), "y": classify("cls_y", task.input.height)]
  }
}

private let initializer = Initializer.normal(deviation: 0.01)
