import PoseGraph

/// The features of all strides, brought to the finest grid bilinearly and concatenated, as bottom-up networks read HRNet.
///
/// Follows MMPose's `FeatureMapProcessor(concat=True)`; it has no parameters.
struct FeatureConcatenation: Neck {
  static let catalogue: [String: any Neck] = ["concatenation": FeatureConcatenation()]

  func callAsFunction(_ features: [Value], in scope: Scope) -> [Value] {
    guard let finest = features.first else {
      scope.fail("a concatenation needs features")
      return []
    }
    let raised = features.dropFirst().map {
      $0.named(scope).resized(to: finest.size, .bilinear(alignCorners: false))
    }
    return [scope.concat([finest] + raised)]
  }
}
