import PoseCore
import PoseGraph

/// What YOLOv5's networks are made of: convolutions with batch norm and an activation, and cross-stage blocks (CSPNet, Wang
/// et al., CVPRW 2020).
///
/// Names are those of published weights.
struct YOLOv5Layers {
  /// SiLU, or ReLU in the networks for microcontrollers.
  var activation = Unary.silu

  /// A convolution with its norm and activation.
  func unit(_ x: Value, to channels: Int, kernel: Size = 1, stride: Size = 1, groups: Int = 1, in scope: Scope) -> Value
  {
    scope.convModule(
      x, to: channels, kernel: kernel, stride: stride, groups: groups, norm: .yolox, activation: activation)
  }

  /// Half the channels pass the blocks, half pass by; then both are joined.
  ///
  /// - Parameter isResidual: whether blocks add to what they get.
  func crossStage(_ x: Value, to channels: Int, blocks: Int = 1, isResidual: Bool = false, in scope: Scope) -> Value {
    scope.parameterOrder("cv1", "cv2", "cv3", "m")
    var main = unit(x, to: channels / 2, in: scope / "cv1")
    for index in 0..<blocks {
      let here = scope / "m" / index
      let narrow = unit(main, to: channels / 2, in: here / "cv1")
      let y = unit(narrow, to: channels / 2, kernel: 3, in: here / "cv2")
      main = isResidual ? main.named(here) + y : y
    }
    return unit(scope.concat([main, unit(x, to: channels / 2, in: scope / "cv2")]), to: channels, in: scope / "cv3")
  }

  /// Maxima over windows of several sizes side by side.
  func pyramid(_ x: Value, windows: [Int], in scope: Scope) -> Value {
    let narrow = unit(x, to: x.channels / 2, in: scope / "cv1")
    let maxima = windows.enumerated().map { index, side in
      (scope / "m" / index).pool(narrow, Pooling(.max, kernel: Size(side), stride: 1, padding: Size(side / 2)))
    }
    return unit(scope.concat([narrow] + maxima), to: x.channels, in: scope / "cv2")
  }
}
