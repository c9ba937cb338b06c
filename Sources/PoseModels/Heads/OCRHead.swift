import PoseCore
import PoseGraph

/// Each place's class from its features and from those of the objects that it belongs to (Yuan et al., Object-Contextual
/// Representations, ECCV 2020): a first head finds soft regions of each class, whose mean features each place attends to.
///
/// Follows MMSegmentation's `FCNHead` and `OCRHead` in a `CascadeEncoderDecoder`, names included.
struct OCRHead: SegmentationHead {
  var channels = 512
  /// Channels of the attention's queries, keys and values.
  var ocrChannels = 256

  static let catalogue: [String: any Head] = ["ocr": OCRHead()]

  /// Makes `logits`: `N x classes x H/4 x W/4` for backbones of stride 4, before the softmax over the classes, and
  /// `auxiliary_logits`, the first head's.
  func callAsFunction(_ features: [Value], _ task: HeadTask, in scope: Scope) -> GraphOutputs {
    guard scope.accepts([channels, ocrChannels].allSatisfy((1...16_384).contains), "takes 1 to 16384 channels"),
      let regions = FCNHead().logits(features, task, in: scope / 0)
    else { return [:] }
    let here = scope / 1
    guard let x = here.classFeatures(features, task, concatenates: true) else { return [:] }
    here.parameterOrder("conv_seg", "object_context_block", "bottleneck")
    let pixels = (here / "bottleneck").convModule(
      x, to: channels, kernel: 3, activation: .relu, initializer: initializer)
    let objects = pixels.named(here / "spatial_gather_module").gathered(over: regions)
    let described = attend(pixels, to: objects, in: here / "object_context_block")
    return ["logits": here.classified(described, task), "auxiliary_logits": regions]
  }

  /// Each pixel's features beside the objects' that are like it.
  private func attend(_ pixels: Value, to objects: Value, in scope: Scope) -> Value {
    scope.parameterOrder("key_project", "query_project", "value_project", "out_project", "bottleneck")
    func project(_ x: Value, to channels: Int, in scope: Scope) -> Value {
      scope.convModule(x, to: channels, activation: .relu, initializer: initializer)
    }
    func projectTwice(_ x: Value, _ name: String) -> Value {
      (0..<2).reduce(x) { project($0, to: ocrChannels, in: scope / name / $1) }
    }
    func flat(_ x: Value) -> Value { x.named(scope).reshaped(to: [1, x.channels, x.size.height * x.size.width]) }
    let query = flat(projectTwice(pixels, "query_project")).transposed([0, 2, 1])
    let key = flat(projectTwice(objects, "key_project"))
    let value = flat(project(objects, to: ocrChannels, in: scope / "value_project")).transposed([0, 2, 1])
    let likeness = (query.matmul(key) * (1 / Float(ocrChannels).squareRoot())).softmax(axis: 2)
    let context = likeness.matmul(value).transposed([0, 2, 1])
      .reshaped(to: [1, ocrChannels, pixels.size.height, pixels.size.width])
    let raised = project(context, to: channels, in: scope / "out_project")
    return project(scope.concat([raised, pixels]), to: channels, in: scope / "bottleneck")
  }
}

/// MMCV's start of a `ConvModule`.
private let initializer = Initializer.kaimingNormal(.output)
