import PoseCore
import PoseGraph

/// DEKR (Geng et al., CVPR 2021): heatmaps of joints and of people's centers, and from each center the way to each joint,
/// found by layers of the joint's own whose convolutions look where the joint's features say.
///
/// Follows `hrnet_dekr.py` of HRNet/DEKR and MMPose's `DEKRHead`, names included.
struct DEKRHead: TwoStageHead {
  /// Channels of the heatmaps' features.
  var heatmapChannels = 32
  /// Channels of each joint's own features.
  var jointChannels = 15
  var form = Form.mmpose
  /// Whether the network scores whole poses, by layers that MMPose has in `rescore_net` and DEKR's authors in a file of their
  /// own.
  var rescores = true

  /// Whose layers they are.
  enum Form: String, Sendable, Hashable, Codable, CaseIterable {
    /// The paper's: each joint's layers by themselves; `offsets` lead from the joint to the place.
    case official
    /// MMPose's since 1.0: the joints are groups of layers in common; `displacements` lead from the place to the joint.
    case mmpose
  }

  static let catalogue: [String: any Head] = [
    "dekr": DEKRHead(), "dekr_official": DEKRHead(form: .official, rescores: false),
  ]

  /// Makes `heatmaps`, `N x (joints + 1) x H/4 x W/4`, the center last; and `offsets` or `displacements`,
  /// `N x 2 joints x H/4 x W/4`, columns and rows alternating, in pixels of the maps.
  func callAsFunction(_ features: [Value], _ task: HeadTask, in scope: Scope) -> GraphOutputs {
    guard let x = features.last, let joints = scope.joints(of: task),
      scope.accepts(
        (1...4096).contains(heatmapChannels) && (1...1024).contains(jointChannels),
        "DEKR needs channels, not \(heatmapChannels) and \(jointChannels)")
    else { return [:] }
    switch form {
    case .official:
      scope.parameterOrder(
        "transition_heatmap", "transition_offset", "head_heatmap", "offset_feature_layers", "offset_final_layer")
      func transition(_ name: String, to channels: Int) -> Value {
        let here = scope / name
        let y = (here / 0).conv(x, to: channels, initializer: initializer)
        return (here / 2).relu((here / 1).batchNorm(y))
      }
      let seen = ResidualBlock.basic(
        transition("transition_heatmap", to: heatmapChannels), width: heatmapChannels, initializer: initializer,
        in: scope / "head_heatmap" / 0 / 0)
      let heatmaps = (scope / "head_heatmap" / 1).conv(seen, to: joints + 1, bias: true, initializer: initializer)
      let parts = transition("transition_offset", to: joints * jointChannels).split(axis: 1, into: joints)
      let offsets = parts.enumerated().map { joint, part in
        let layers = scope / "offset_feature_layers" / joint
        let adapted = (0..<2).reduce(part) { x, layer in
          AdaptiveBlock(form: .official)(x, in: layers / layer)
        }
        return (scope / "offset_final_layer" / joint).conv(adapted, to: 2, bias: true, initializer: initializer)
      }
      if rescores { PoseScorer(joints: task.joints)?.declare(in: scorer(in: scope)) }
      return ["heatmaps": heatmaps, "offsets": (scope / "offset_final_layer").concat(offsets)]
    case .mmpose:
      let (seeing, moving) = (scope / "heatmap_conv_layers", scope / "displacement_conv_layers")
      let seen = ResidualBlock.basic(
        (seeing / 0).convModule(x, to: heatmapChannels, activation: .relu, initializer: initializer),
        width: heatmapChannels, initializer: initializer, in: seeing / 1)
      let heatmaps = (seeing / 2).conv(seen, to: joints + 1, bias: true, initializer: initializer)
      let first = (moving / 0).convModule(
        x, to: joints * jointChannels, activation: .relu, initializer: initializer)
      let adapted = (1...2).reduce(first) { x, layer in
        AdaptiveBlock(form: .mmpose, groups: joints)(x, in: moving / layer)
      }
      let displacements = (moving / 3).conv(
        adapted, to: 2 * joints, groups: joints, bias: true, initializer: initializer)
      if rescores { PoseScorer(joints: task.joints)?.declare(in: scorer(in: scope)) }
      return ["heatmaps": heatmaps, "displacements": displacements]
    }
  }

  func personInput(_ outputs: [String: [Int]], _ task: HeadTask) -> Int? {
    rescores ? PoseScorer(joints: task.joints)?.features : nil
  }

  /// Makes `score`, `N x 1`: how similar a pose is to the person's, as object keypoint similarity has it.
  ///
  /// - Parameter person: `N x (3 limbs + joints)`: each limb's way along columns and rows, and its length, in parts of the
  ///   trunk's; then the joints' scores.
  func outputs(of person: Value, _ task: HeadTask, in scope: Scope) -> GraphOutputs {
    guard let scorer = PoseScorer(joints: task.joints) else { return [:] }
    return ["score": scorer(person, in: self.scorer(in: scope))]
  }

  /// Where the layers are that score poses.
  private func scorer(in scope: Scope) -> Scope { form == .mmpose ? scope / "rescore_net" : scope }
}

/// What tells good poses from bad ones by the lengths of their limbs (DEKR's scoring network).
private struct PoseScorer {
  /// How many numbers describe a pose.
  var features: Int
  private let layers = [("l1", 256), ("l2", 256), ("l3", 1)]

  init?(joints: Skeleton?) {
    guard let joints else { return nil }
    features = 3 * joints.limbs.count + joints.joints.count
  }

  /// Declares the parameters where the network does not run the scorer itself.
  func declare(in scope: Scope) {
    var inputs = features
    for (name, outputs) in layers {
      (scope / name).unusedParameter("weight", shape: [outputs, inputs], .pyTorchDefault(fanIn: inputs))
      (scope / name).unusedParameter("bias", shape: [outputs], .pyTorchDefault(fanIn: inputs))
      inputs = outputs
    }
  }

  func callAsFunction(_ person: Value, in scope: Scope) -> Value {
    layers.reduce(person) { x, layer in
      let y = (scope / layer.0).linear(x, to: layer.1)
      return layer.0 == "l3" ? y : (scope / "relu").relu(y)
    }
  }
}

private let initializer = Initializer.normal(deviation: 0.001)

/// A residual block whose convolution reads where an affine map of its taps says, another one at each place (DEKR's
/// adaptive convolution).
private struct AdaptiveBlock {
  var form: DEKRHead.Form
  /// Parts of the channels with layers and places of their own.
  var groups = 1

  func callAsFunction(_ x: Value, in scope: Scope) -> Value {
    let (size, taps) = (x.size, DeformableConvolution.taps)
    let places = size.height * size.width
    let regular = taps.map { Float($0.row) } + taps.map { Float($0.column) }
    // How far the taps' samples are from the regular ones: each group's rows, and then its columns, of nine taps.
    let offsets: Value
    switch form {
    case .official:
      scope.parameterOrder("regular_matrix", "transform_matrix_conv", "translation_conv", "adapt_conv", "bn")
      let matrix = scope.parameter("regular_matrix", shape: [2, 9], .values(regular), role: .buffer())
      let linear = (scope / "transform_matrix_conv").conv(x, to: 4, kernel: 3, bias: true, initializer: .constant(0))
      let shift = (scope / "translation_conv").conv(x, to: 2, kernel: 3, bias: true, initializer: .constant(0))
      // The affine map says where a tap itself lies, and not how far from the regular one.
      offsets =
        matrix.transposed([1, 0]).matmul(linear.named(scope).reshaped(to: [1, 2, 2, places]))
        - matrix.reshaped(to: [1, 2, 9, 1]) + shift.named(scope).reshaped(to: [1, 2, 1, places])
    case .mmpose:
      scope.parameterOrder("regular_matrix", "transform_matrix_conv", "adapt_conv", "norm")
      let ones = [Float](repeating: 1, count: taps.count)
      let matrix = scope.parameter("regular_matrix", shape: [3, 9], .values(regular + ones), role: .buffer())
      let affine = (scope / "transform_matrix_conv").conv(
        x, to: 6 * groups, kernel: 3, groups: groups, bias: true, initializer: initializer)
      offsets = matrix.transposed([1, 0]).matmul(affine.named(scope).reshaped(to: [1, 2 * groups, 3, places]))
    }
    let steps = offsets.split(axis: 1, into: 2 * groups).map { $0.reshaped(to: [1, 9, size.height, size.width]) }
    let adaptive = scope / "adapt_conv"
    let inputs = x.channels / groups
    let weights = adaptive.parameter(
      "weight", shape: [x.channels, inputs, 3, 3],
      form == .official ? .pyTorchDefault(fanIn: 9 * inputs) : .uniform((6 / Float(9 * inputs)).squareRoot()))
    let read = x.split(axis: 1, into: groups).enumerated().map { group, part in
      DeformableConvolution()(
        part, weights: weights.slice(axis: 0, group * inputs..<(group + 1) * inputs), rows: steps[2 * group],
        columns: steps[2 * group + 1], in: adaptive)
    }
    let convolved = read.count == 1 ? read[0] : adaptive.concat(read)
    let normed = (scope / (form == .official ? "bn" : "norm")).batchNorm(convolved)
    return (scope / (form == .official ? "relu" : "act")).relu(normed.named(scope) + x)
  }
}
