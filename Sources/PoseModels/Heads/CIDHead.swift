import PoseCore
import PoseGraph

/// CID (Wang and Zhang, CVPR 2022): people by the heatmap of their centers, and heatmaps of each person's own joints from
/// features in which the others are suppressed by what the center's features say.
///
/// Follows MMPose's `CIDHead`, names included.
struct CIDHead: TwoStageHead {
  /// Channels of the features that all people share.
  var channels = 32

  static let catalogue: [String: any Head] = ["cid": CIDHead()]

  /// Makes `heatmaps`, `N x (joints + 1) x H/4 x W/4` in 0...1, the center last; `features`, `N x C x H/4 x W/4`, from which
  /// a person's are read; and `shared_features`, `N x channels x H/4 x W/4`.
  func callAsFunction(_ features: [Value], _ task: HeadTask, in scope: Scope) -> GraphOutputs {
    guard let x = features.last, let joints = scope.joints(of: task),
      scope.accepts((1...4096).contains(channels), "CID needs channels, not \(channels)")
    else { return [:] }
    let heatmaps = (scope / "iia_module" / "keypoint_root_conv").conv(
      x, to: joints + 1, bias: true, initializer: initializer, biasInitializer: .rareObjects)
    let module = scope / "gfd_module"
    module.parameterOrder("conv_down", "channel_attention", "spatial_attention", "fuse_attention", "heatmap_conv")
    let shared = (module / "conv_down").conv(x, to: channels, bias: true, initializer: initializer)
    func declare(_ scope: Scope, _ shape: [Int], _ start: Initializer, bias: Initializer) {
      scope.unusedParameter("weight", shape: shape, start)
      scope.unusedParameter("bias", shape: [shape[0]], bias)
    }
    for name in ["channel_attention", "spatial_attention"] {
      declare(module / name / "atn", [channels, x.channels], initializer, bias: .constant(0))
    }
    declare(module / "spatial_attention" / "conv", [1, 3, 5, 5], initializer, bias: .constant(0))
    declare(module / "fuse_attention", [channels, 2 * channels, 1, 1], initializer, bias: .constant(0))
    declare(module / "heatmap_conv", [joints, channels, 1, 1], initializer, bias: .rareObjects)
    return ["heatmaps": heatmaps.chances, "features": x, "shared_features": shared]
  }

  func personInput(_ outputs: [String: [Int]], _ task: HeadTask) -> Int? {
    guard let features = outputs["features"], let shared = outputs["shared_features"] else { return nil }
    return features[0] + 2 + shared.reduce(1, *)
  }

  /// Makes `heatmaps`, `N x joints x H/4 x W/4` in 0...1: the person's own.
  ///
  /// - Parameter person: `N x (C + 2 + channels * H/4 * W/4)`: the features of the person's center, its column and row, and
  ///   the shared features.
  func outputs(of person: Value, _ task: HeadTask, in scope: Scope) -> GraphOutputs {
    let size = Size(height: task.input.height / 4, width: task.input.width / 4)
    let places = size.height * size.width
    let own = person.extent(1) - 2 - channels * places
    guard let joints = scope.joints(of: task), scope.accepts(own > 0, "CID needs an input in steps of 4 pixels") else {
      return [:]
    }
    let module = scope / "gfd_module"
    module.parameterOrder("conv_down", "channel_attention", "spatial_attention", "fuse_attention", "heatmap_conv")
    let parts = person.named(module).split(axis: 1, sizes: [own, 2, channels * places])
    let shared = parts[2].reshaped(to: [1, channels, size.height, size.width])
    func weighted(_ layer: Scope) -> Value {
      shared.named(layer)
        * (layer / "atn").linear(parts[0], to: channels, initializer: initializer).reshaped(to: [1, channels, 1, 1])
    }
    let spatial = module / "spatial_attention"
    spatial.parameterOrder("atn", "conv")
    let seen = weighted(spatial).reduced(.sum, axes: [1], keepsAxes: true)
    // The way from the middle of each place to the center, as published, in parts of eight places.
    let middles =
      (0..<places).map { Float($0 % size.width) + 0.5 } + (0..<places).map { Float($0 / size.width) + 0.5 }
    let way =
      (parts[1].reshaped(to: [1, 2, 1, 1])
        - module.constant(middles, shape: [1, 2, size.height, size.width])) / 32
    let mask = (spatial / "conv").conv(
      spatial.concat([seen, way]), to: 1, kernel: 5, bias: true, initializer: initializer
    ).sigmoid()
    let joined = module.concat([weighted(module / "channel_attention"), shared.named(spatial) * mask])
    let fused = (module / "fuse_attention").conv(joined, to: channels, bias: true, initializer: initializer).relu()
    let heatmaps = (module / "heatmap_conv").conv(
      fused, to: joints, bias: true, initializer: initializer, biasInitializer: .rareObjects)
    return ["heatmaps": heatmaps.chances]
  }
}

extension Value {
  /// The sigmoid, a little away from 0 and from 1.
  fileprivate var chances: Value { sigmoid().combined(.maximum, 1e-4).combined(.minimum, 1 - 1e-4) }
}

private let initializer = Initializer.normal(deviation: 0.001)
