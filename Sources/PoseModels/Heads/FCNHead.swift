import PoseCore
import PoseGraph

/// A class for each place of the finest features, by convolutions alone (Long et al., FCN, CVPR 2015), as HRNetV2 (Wang et
/// al., TPAMI 2021) and Lite-HRNet (Yu et al., CVPR 2021) use it.
///
/// Follows MMSegmentation's `FCNHead`, names included. `fcn` brings the features of all strides to the finest grid first, and
/// the others read the finest alone: `fcn_finest` by a single 1x1 convolution, `fcn_concat_input` by 3x3 convolutions as in
/// a public benchmark of Lite-HRNet. Its authors have not published their head for segmentation; of the heads tried,
/// `fcn_finest` comes nearest to the published counts.
struct FCNHead: SegmentationHead {
  /// Convolutions with batch norm before the one that makes the classes.
  var convolutions = 1
  var kernel = 1
  /// Whether the features of all strides are read, and not the finest alone.
  var concatenates = true
  /// Whether one more convolution reads the features again, beside what the others made of them (`concat_input`).
  var concatenatesInput = false
  /// The share of channels that training drops before the classes.
  var dropout: Float = 0

  static let catalogue: [String: any Head] = [
    "fcn": FCNHead(),
    "fcn_finest": FCNHead(convolutions: 0, concatenates: false),
    "fcn_concat_input": FCNHead(convolutions: 2, kernel: 3, concatenates: false, concatenatesInput: true, dropout: 0.1),
  ]

  /// Makes `logits`: `N x classes x H/4 x W/4` for backbones of stride 4, before the softmax over the classes.
  func callAsFunction(_ features: [Value], _ task: HeadTask, in scope: Scope) -> GraphOutputs {
    guard let logits = logits(features, task, in: scope) else { return [:] }
    return ["logits": logits]
  }

  /// The scores of the classes; nil where the arguments make no sense.
  func logits(_ features: [Value], _ task: HeadTask, in scope: Scope) -> Value? {
    guard let x = scope.classFeatures(features, task, concatenates: concatenates),
      scope.acceptsRepeats([convolutions], of: "convolutions"),
      scope.accepts((1...15).contains(kernel) && kernel % 2 == 1, "takes an odd kernel in 1...15, not \(kernel)"),
      scope.accepts((0..<1).contains(dropout), "takes a dropout from 0 to less than 1, not \(dropout)")
    else { return nil }
    scope.parameterOrder("conv_seg", "convs", "conv_cat")
    func conv(_ y: Value, in scope: Scope) -> Value {
      scope.convModule(
        y, to: x.channels, kernel: Size(kernel), activation: .relu, initializer: .kaimingNormal(.output))
    }
    var seen = (0..<convolutions).reduce(x) { y, index in conv(y, in: scope / "convs" / index) }
    if concatenatesInput { seen = conv(scope.concat([x, seen]), in: scope / "conv_cat") }
    if dropout > 0 { seen = (scope / "dropout").dropout(seen, rate: dropout, of: .channel) }
    return scope.classified(seen, task)
  }
}

extension Scope {
  /// The features that a segmentation head reads; nil where it cannot.
  func classFeatures(_ features: [Value], _ task: HeadTask, concatenates: Bool) -> Value? {
    guard let finest = features.first, task.joints == nil,
      (1...SegmentationMask.maximumClassCount).contains(task.classes)
    else {
      fail(
        "a segmentation head needs features and 1 to \(SegmentationMask.maximumClassCount) classes instead of joints")
      return nil
    }
    return concatenates ? FeatureConcatenation()(features, in: self).first : finest
  }

  /// A number for each class by a 1x1 convolution, `conv_seg`.
  func classified(_ x: Value, _ task: HeadTask) -> Value {
    (self / "conv_seg").conv(
      x, to: task.classes, bias: true, initializer: .normal(deviation: 0.01), biasInitializer: .constant(0))
  }
}
