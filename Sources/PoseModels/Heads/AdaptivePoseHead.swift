import PoseCore
import PoseGraph

/// AdaptivePose (Xiao et al., AAAI 2022): heatmaps of people's centers; from each center the way to points on the body's
/// parts, which the network chooses itself; and from each point the way to the part's joints.
///
/// Follows `predictor.py` and `hrnet.py` of buptxyb666/AdaptivePose, names included.
struct AdaptivePoseHead: Head {
  /// The joints of each part of the body.
  var parts = [[0, 1, 2, 3, 4], [5, 6], [7, 9], [8, 10], [11, 12], [13, 15], [14, 16]]
  /// Channels of the features from which centers and joints are found.
  var channels = 256
  /// Channels of a part's features.
  var partChannels = 64

  static let catalogue: [String: any Head] = [
    "adaptive_pose": AdaptivePoseHead(),
    "adaptive_pose_crowdpose": AdaptivePoseHead(
      parts: [[0, 1], [2, 4], [3, 5], [6, 7], [8, 10], [9, 11], [12, 13]]),
  ]

  /// Makes `heatmap`, `N x 1 x H/4 x W/4`, before the sigmoid; `offsets`, `N x 2 joints x H/4 x W/4`, from the place to each
  /// joint, columns and rows alternating, in pixels of the map; and `points`, `N x 2 parts x H/4 x W/4`, to each part's point.
  func callAsFunction(_ features: [Value], _ task: HeadTask, in scope: Scope) -> GraphOutputs {
    guard let x = features.first, let joints = scope.joints(of: task),
      scope.accepts(
        parts.count <= joints && parts.flatMap(\.self).sorted() == Array(0..<joints),
        "AdaptivePose needs parts that have each of the \(joints) joints once, not \(parts)"),
      scope.accepts(
        (1...4096).contains(channels) && (1...4096).contains(partChannels),
        "AdaptivePose needs channels, not \(channels) and \(partChannels)")
    else { return [:] }
    func feature(_ name: String) -> Value {
      (scope / name / 1).relu(
        (scope / name / 0).conv(x, to: channels, kernel: 3, bias: true, biasInitializer: .constant(0)))
    }
    let (centers, poses) = (feature("hm"), feature("hps"))
    let sampler = scope / "sampler"
    sampler.parameterOrder(
      "searcher", "feat_trans", "feat_agg", "pred_kps_list", "ct_feat_trans", "squeeze_ct", "pred_ct_hm")
    let points = (sampler / "searcher").conv(
      poses, to: 2 * parts.count, kernel: 3, bias: true, initializer: .constant(0))
    let narrow = (sampler / "ct_feat_trans").conv(centers, to: partChannels, bias: true)
    var (offsets, context) = ([Value?](repeating: nil, count: joints), [centers])
    for (index, part) in parts.enumerated() {
      let point = points.slice(axis: 1, 2 * index..<2 * index + 2)
      let transformed = (sampler / "feat_trans" / index).convModule(poses, to: partChannels, activation: .relu)
      let aggregated = aggregate(transformed, in: sampler / "feat_agg" / index)
      let read = aggregated.sampled(movedBy: point, in: sampler)
      let steps = (sampler / "pred_kps_list" / index).conv(
        read, to: 2 * part.count, bias: true, initializer: .normal(deviation: 0.001))
      for (joint, step) in zip(part, steps.split(axis: 1, into: part.count)) { offsets[joint] = step + point }
      context.append(narrow.sampled(movedBy: point, in: sampler))
    }
    let squeeze = sampler / "squeeze_ct"
    let squeezed = (squeeze / "relu").relu(
      (squeeze / "conv").conv(squeeze.concat(context), to: partChannels, kernel: 3, bias: true))
    let heatmap = (sampler / "pred_ct_hm").conv(squeezed, to: 1, bias: true, biasInitializer: .constant(-2.19))
    return ["points": points, "heatmap": heatmap, "offsets": sampler.concat(offsets.compactMap(\.self))]
  }

  /// A deformable convolution with a mask, whose places the features themselves choose.
  private func aggregate(_ x: Value, in scope: Scope) -> Value {
    scope.parameterOrder("weight", "bias", "conv_offset_mask")
    let parts = (scope / "conv_offset_mask").conv(x, to: 27, kernel: 3, bias: true, initializer: .constant(0))
      .split(axis: 1, sizes: [18, 9])
    let start = Initializer.pyTorchDefault(fanIn: 9 * x.channels)
    let weights = scope.parameter("weight", shape: [x.channels, x.channels, 3, 3], start)
    let bias = scope.parameter("bias", shape: [x.channels], .constant(0))
    // Rows and columns alternate.
    return DeformableConvolution()(
      x, weights: weights, rows: parts[0].slice(axis: 1, 0..<17, step: 2),
      columns: parts[0].slice(axis: 1, 1..<18, step: 2), mask: parts[1].sigmoid(), in: scope)
      + bias.reshaped(to: [1, x.channels, 1, 1])
  }
}

extension Value {
  /// What lies so many pixels away from each place, `N x 2 x H x W` columns and rows; the nearest pixel of the border where
  /// that is outside.
  fileprivate func sampled(movedBy steps: Value, in scope: Scope) -> Value {
    let places = size.height * size.width
    let own = (0..<size.height).flatMap { row in (0..<size.width).flatMap { [Float($0), Float(row)] } }
    let extents = [Float(size.width), Float(size.height)]
    let pixels =
      steps.named(scope).reshaped(to: [1, 2, places]).transposed([0, 2, 1])
      + scope.constant(own, shape: [1, places, 2])
    let inside = pixels.combined(.maximum, 0).combined(
      .minimum, scope.constant(extents.map { $0 - 1 }, shape: [2]))
    let positions = (inside + 0.5) / scope.constant(extents.map { $0 / 2 }, shape: [2]) - 1
    return named(scope).sampled(
      at: positions.reshaped(to: [1, size.height, size.width, 2]), alignCorners: false)
  }
}
