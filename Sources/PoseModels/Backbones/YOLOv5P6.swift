import PoseCore
import PoseGraph

/// YOLOv5's backbone of six halvings, as YOLO-Pose has it (Maji et al., CVPRW 2022); features of strides 8, 16, 32 and 64.
///
/// Written from the paper and the names and shapes of published weights; layers have the numbers that they have there.
struct YOLOv5P6: Backbone {
  /// Channels of the stem and of the five stages.
  var channels = [32, 64, 128, 256, 384, 512]
  /// Blocks of the five stages.
  var blocks = [1, 3, 3, 1, 1]
  /// Whether this is the form for microcontrollers: ReLU, and a convolution in place of the stem's rearranged pixels.
  var lite = false

  static let catalogue: [String: any Backbone] = [
    "yolov5_p6_small": YOLOv5P6(), "yolov5_p6_small_lite": YOLOv5P6(lite: true),
  ]

  func callAsFunction(_ image: Value, in scope: Scope) -> [Value] {
    guard scope.acceptsStages(channels: channels, blocks: blocks, of: "YOLOv5") else { return [image] }
    let layers = YOLOv5Layers(activation: lite ? .relu : .silu)
    let stem = scope / 0
    let quarters =
      lite
      ? layers.unit(image, to: 12, kernel: 3, stride: 2, in: stem / "conv_slice")
      : image.quarters(rowByRow: true, in: stem)
    var x = layers.unit(quarters, to: channels[0], kernel: 3, in: stem / "conv")
    var features: [Value] = []
    var number = 1
    for (stage, count) in blocks.enumerated() {
      let isLast = stage == blocks.count - 1
      x = layers.unit(x, to: channels[stage + 1], kernel: 3, stride: 2, in: scope / number)
      // The maxima keep SiLU in either form.
      if isLast { x = YOLOv5Layers().pyramid(x, windows: [3, 5, 7], in: scope / (number + 1)) }
      number += isLast ? 2 : 1
      x = layers.crossStage(
        x, to: channels[stage + 1], blocks: count, isResidual: !isLast, in: scope / number)
      number += 1
      if stage > 0 { features.append(x) }
    }
    return features
  }
}
