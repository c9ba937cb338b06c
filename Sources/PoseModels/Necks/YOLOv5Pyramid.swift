import PoseCore
import PoseGraph

/// YOLOv5's path aggregation pyramid: features go from coarse to fine, then back.
///
/// Layers have the numbers that they have in published weights, where those of upsampling and joining count too.
struct YOLOv5Pyramid: Neck {
  /// Blocks of each cross-stage.
  var blocks = 1
  /// The number of the first layer: that of the backbone's layers.
  var firstLayer = 12
  /// Whether activations are ReLU, as in the form for microcontrollers.
  var lite = false

  static let catalogue: [String: any Neck] = [
    "yolov5_pyramid": YOLOv5Pyramid(), "yolov5_pyramid_lite": YOLOv5Pyramid(lite: true),
  ]

  func callAsFunction(_ features: [Value], in scope: Scope) -> [Value] {
    guard
      scope.accepts(features.count > 1, "a pyramid needs features of two levels or more"),
      scope.acceptsRepeats([blocks], of: "blocks"), scope.acceptsRepeats([firstLayer], of: "layers before a pyramid")
    else { return features }
    let layers = YOLOv5Layers(activation: lite ? .relu : .silu)
    var number = firstLayer
    // What goes back down to each level, coarsest first.
    var lateral: [Value] = []
    var x = features[features.count - 1]
    for finer in features.dropLast().reversed() {
      let reduced = layers.unit(x, to: finer.channels, in: scope / number)
      lateral.append(reduced)
      let size = Size(height: 2 * reduced.size.height, width: 2 * reduced.size.width)
      let joined = scope.concat([(scope / (number + 1)).upsample(reduced, to: size), finer])
      x = layers.crossStage(joined, to: finer.channels, blocks: blocks, in: scope / (number + 3))
      number += 4
    }
    var levels = [x]
    for (level, coarser) in zip(features.dropFirst(), lateral.reversed()) {
      let down = layers.unit(x, to: coarser.channels, kernel: 3, stride: 2, in: scope / number)
      x = layers.crossStage(
        scope.concat([down, coarser]), to: level.channels, blocks: blocks, in: scope / (number + 2))
      levels.append(x)
      number += 3
    }
    return levels
  }
}
