import PoseCore
import PoseGraph

/// TokenPose (Li et al., ICCV 2021): a token for each joint among tokens for patches, each joint's token then read as its
/// heatmap.
///
/// Follows `tokenpose_base.py` of the published code, names included.
struct TokenPoseHead: Head {
  /// The size of a patch of the features.
  var patch = Size(height: 4, width: 3)
  var channels = 192
  /// Layers of each transformer; the joints' tokens of all transformers are read side by side.
  var layers = [12]
  var heads = 8
  /// Whether products are scaled by a head's channels, or by all.
  var scalesByHead = true

  static let catalogue: [String: any Head] = [
    "tokenpose": TokenPoseHead(),
    "tokenpose_t": TokenPoseHead(patch: Size(height: 16, width: 12), heads: 16),
    "tokenpose_s_v1": TokenPoseHead(patch: Size(height: 4, width: 3), scalesByHead: false),
    "tokenpose_s_v2": TokenPoseHead(patch: 2, scalesByHead: false),
    "tokenpose_b": TokenPoseHead(patch: Size(height: 4, width: 3)),
    "tokenpose_l": TokenPoseHead(patch: Size(height: 4, width: 3), layers: [8, 8, 8], heads: 12),
    "tokenpose_l_384x288": TokenPoseHead(patch: Size(height: 6, width: 4), layers: [8, 8, 8], heads: 12),
  ]

  /// Makes `heatmaps`: `N x joints x H/4 x W/4`.
  func callAsFunction(_ features: [Value], _ task: HeadTask, in scope: Scope) -> GraphOutputs {
    guard let map = features.first, let joints = task.joints, patch.height > 0, patch.width > 0 else {
      scope.fail("a TokenPose head needs features, joints and patches")
      return [:]
    }
    guard
      scope.accepts(!layers.isEmpty, "a TokenPose head needs layers"),
      scope.acceptsRepeats(layers, of: "layers"),
      scope.accepts(
        heads > 0 && channels % max(heads, 1) == 0, "needs channels that \(heads) heads divide, not \(channels)")
    else { return [:] }
    scope.parameterOrder(
      "keypoint_token", "pos_embedding", "patch_to_embedding", "conv1", "bn1", "conv2", "bn2", "layer1",
      "transformer", "transformer1", "transformer2", "transformer3", "mlp_head")
    let count = joints.joints.count
    let grid = Size(height: map.size.height / patch.height, width: map.size.width / patch.width)
    let keypoints = scope.parameter(
      "keypoint_token", shape: [1, count, channels], .truncatedNormal(deviation: 0.02))
    let positions = scope.parameter(
      "pos_embedding", shape: [1, grid.height * grid.width, channels],
      .sinePositions(height: grid.height, width: grid.width), role: .fixed)
    let patches = (scope / "patch_to_embedding").linear(
      patches(of: map.named(scope), grid), to: channels, initializer: initializer)
    // The joints' tokens have no position.
    let added = positions.padded(before: [0, count, 0], after: [0, 0, 0])
    var tokens = scope.concat([keypoints, patches + positions])
    let read = layers.enumerated().map { index, layers in
      let here = scope / (self.layers.count == 1 ? "transformer" : "transformer\(index + 1)") / "layers"
      for layer in 0..<layers {
        if layer > 0 { tokens = tokens + added }
        tokens = transform(tokens, in: here / layer)
      }
      return tokens.slice(axis: 1, 0..<count)
    }
    let heatmap = Size(height: task.input.height / 4, width: task.input.width / 4)
    let joined = read.count == 1 ? read[0] : scope.concat(read, axis: 2)
    let flat = readHeatmaps(joined, of: heatmap.height * heatmap.width, in: scope / "mlp_head")
    return ["heatmaps": flat.reshaped(to: [1, count, heatmap.height, heatmap.width])]
  }

  /// The features of each patch as one vector, row by row.
  private func patches(of map: Value, _ grid: Size) -> Value {
    map.reshaped(to: [1, map.channels, grid.height, patch.height, grid.width, patch.width])
      .transposed([0, 2, 4, 3, 5, 1])
      .reshaped(to: [1, grid.height * grid.width, patch.height * patch.width * map.channels])
  }

  private func transform(_ x: Value, in scope: Scope) -> Value {
    let attention = scope / 0 / "fn"
    let joint = (attention / "fn" / "to_qkv").linear(
      (attention / "norm").layerNorm(x), to: 3 * channels, bias: false, initializer: initializer)
    let parts = joint.split(axis: 2, into: 3).map { $0.splitIntoHeads(heads) }
    let scale = scalesByHead ? nil : Float.overRoot(of: channels)
    let attended = parts[0].attending(to: parts[1], taking: parts[2], scale: scale).joiningHeads()
    let y = (attention / "fn" / "to_out" / 0).linear(attended, to: channels, initializer: initializer) + x
    let ffn = scope / 1 / "fn"
    var z = (ffn / "fn" / "net" / 0).linear((ffn / "norm").layerNorm(y), to: 3 * channels, initializer: initializer)
    z = (ffn / "fn" / "net" / 1).activation(.gelu, z)
    return (ffn / "fn" / "net" / 3).linear(z, to: channels, initializer: initializer) + y
  }

  private func readHeatmaps(_ tokens: Value, of count: Int, in scope: Scope) -> Value {
    var (x, index) = ((scope / 0).layerNorm(tokens), 1)
    let narrow = count / 8
    if tokens.extent(2) * 2 <= narrow {
      x = (scope / 1).linear(x, to: narrow, initializer: initializer)
      x = (scope / 2).layerNorm(x)
      index = 3
    }
    return (scope / index).linear(x, to: count, initializer: initializer)
  }
}

private let initializer = Initializer.truncatedNormal(deviation: 0.02)
