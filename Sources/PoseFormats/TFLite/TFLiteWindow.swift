import PoseCore
import PoseGraph

/// How a window moves over height and width: that of a convolution or a pool.
struct TFLiteWindow {
  let input: [Int]
  let output: [Int]
  /// How far a window reaches, dilation included.
  let reach: [Int]
  let stride: [Int]
  let before: [Int]

  /// - Parameters:
  ///   - input: the shape `N x C x H x W`.
  ///   - output: the shape `N x C x H x W`.
  init(_ input: [Int], _ output: [Int], kernel: Size, dilation: Size = 1, stride: Size, padding: Size) {
    (self.input, self.output) = (Array(input.suffix(2)), Array(output.suffix(2)))
    reach = [(kernel.height - 1) * dilation.height + 1, (kernel.width - 1) * dilation.width + 1]
    self.stride = [stride.height, stride.width]
    before = [padding.height, padding.width]
  }

  /// The padding after height and width that the output's size needs.
  var after: [Int] {
    (0..<2).map { max(0, (output[$0] - 1) * stride[$0] + reach[$0] - input[$0] - before[$0]) }
  }

  /// The padding that TensorFlow Lite calculates by itself; nil where it has to be written.
  var padding: TFLitePadding? {
    let axes = 0..<2
    if axes.allSatisfy({ before[$0] == 0 && output[$0] == (input[$0] - reach[$0]) / stride[$0] + 1 }) { return .valid }
    let isSame = axes.allSatisfy {
      let total = max(0, (output[$0] - 1) * stride[$0] + reach[$0] - input[$0])
      return output[$0] == (input[$0] + stride[$0] - 1) / stride[$0] && before[$0] == total / 2
    }
    return isSame ? .same : nil
  }
}
