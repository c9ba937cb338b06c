import PoseCore
import PoseGraph

/// RTMO's dynamic coordinate classifier (Lu et al., CVPR 2024): bins over the region of one person, each compared with what a
/// place's features say of each joint.
///
/// Follows MMPose's `DCC`, names included.
struct DynamicClassifier {
  var joints: Int
  var featureChannels: Int
  var channels = 128
  /// Over the region's width and height.
  var bins = (x: 192, y: 256)

  /// Declares the parameters where the network does not run the classifier itself.
  func declare(in scope: Scope) {
    register(in: scope)
    scope.unusedParameter("pos_enc", shape: [joints, channels], .normal(deviation: 0.02))
    let gau = scope / "gau"
    gau.parameterOrder("gamma", "beta", "o", "uv", "ln", "res_scale")
    func weight(_ scope: Scope, _ outputs: Int, _ inputs: Int, bias: Bool = true, _ initializer: Initializer? = nil) {
      scope.unusedParameter("weight", shape: [outputs, inputs], initializer ?? .pyTorchDefault(fanIn: inputs))
      if bias { scope.unusedParameter("bias", shape: [outputs], .pyTorchDefault(fanIn: inputs)) }
    }
    gau.unusedParameter("gamma", shape: [2, channels], .uniform(1))
    gau.unusedParameter("beta", shape: [2, channels], .uniform(1))
    weight(gau / "o", channels, 2 * channels, bias: false, .normal(deviation: 0.01))
    weight(gau / "uv", 5 * channels, channels, bias: false, .xavierUniform)
    (gau / "ln").unusedParameter("g", shape: [1], .constant(1))
    (gau / "res_scale").unusedParameter("scale", shape: [channels], .constant(1))
    weight(scope / "pose_to_kpts" / 0, joints * channels, featureChannels)
    let norm = scope / "pose_to_kpts" / 1
    for (name, value, role) in [
      ("weight", 1, Parameter.Role.trainable), ("bias", 0, .trainable), ("running_mean", 0, .buffer()),
      ("running_var", 1, .buffer()),
    ] {
      norm.unusedParameter(name, shape: [joints * channels], .constant(Float(value)), role: role)
    }
    norm.unusedParameter("num_batches_tracked", shape: [], .constant(0), role: .buffer(isInteger: true))
    weight(scope / "x_fc", channels, channels)
    weight(scope / "y_fc", channels, channels)
    weight(scope / "sigma_fc" / 0, joints, featureChannels)
    (scope / "sigma_fc" / 2).unusedParameter("scale", shape: [], .constant(0.1))
  }

  /// - Parameter person: `N x (featureChannels + 6)`, as ``RTMOHead`` says.
  func callAsFunction(_ person: Value, in scope: Scope) -> GraphOutputs {
    register(in: scope)
    let parts = person.named(scope).split(axis: 1, sizes: [featureChannels, 1, 1, 1, 1, 1, 1])
    let features = parts[0]
    let means = (scope / "pose_to_kpts" / 0).linear(features, to: joints * channels)
    // A batch norm's channels are the second axis of an image.
    let normed = (scope / "pose_to_kpts" / 1)
      .batchNorm(means.reshaped(to: [1, joints * channels, 1, 1])).reshaped(to: [1, joints, channels])
    let places = scope.parameter("pos_enc", shape: [joints, channels], .normal(deviation: 0.02))
    let tokens = GatedAttentionUnit(queryChannels: channels)(normed, at: places, in: scope / "gau")
    func classify(_ count: Int, center: Value, extent: Value, prior: Value, _ layer: String) -> (Value, Value) {
      let bins = extent * scope.constant(Self.shares(count), shape: [count]) + center
      let angles = (bins - prior).reshaped(to: [1, count, 1]) / scope.constant(periods, shape: [periods.count])
      let waves = scope.concat([angles.unary(.cos), angles.unary(.sin)], axis: 2)
      let encoded = (scope / layer).linear(waves, to: channels)
      let chances = tokens.matmul(encoded.transposed([0, 2, 1])).softmax(axis: 2)
      return (chances, (chances * bins.reshaped(to: [1, 1, count])).reduced(.sum, axes: [2], keepsAxes: true))
    }
    let (columns, x) = classify(bins.x, center: parts[1], extent: parts[3], prior: parts[5], "x_fc")
    let (rows, y) = classify(bins.y, center: parts[2], extent: parts[4], prior: parts[6], "y_fc")
    let scale = (scope / "sigma_fc" / 2).parameter("scale", shape: [], .constant(0.1))
    let deviations = (scope / "sigma_fc" / 0).linear(features, to: joints).sigmoid() * scale
    return [
      "keypoints": scope.concat([x, y], axis: 2), "x_hms": columns, "y_hms": rows, "sigmas": deviations,
    ]
  }

  private func register(in scope: Scope) {
    scope.parameterOrder(
      "pos_enc", "y_bins", "x_bins", "spe", "gau", "pose_to_kpts", "x_fc", "y_fc", "sigma_fc")
    scope.unusedParameter("y_bins", shape: [bins.y], .values(Self.shares(bins.y)), role: .buffer())
    scope.unusedParameter("x_bins", shape: [bins.x], .values(Self.shares(bins.x)), role: .buffer())
    (scope / "spe").unusedParameter("dim_t", shape: [periods.count], .values(periods), role: .buffer())
  }

  /// Where the bins are in the region, from -0.5 to 0.5.
  private static func shares(_ count: Int) -> [Float] {
    (0..<count).map { Float(Double($0) / Double(count - 1) - 0.5) }
  }

  private var periods: [Float] { wavePeriods(channels / 2, longest: 300) }
}
