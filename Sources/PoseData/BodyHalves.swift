import PoseCore

extension Joint {
  /// Whether it belongs to the lower half of the body: hips and below.
  public var isLowerBody: Bool {
    rawValue == "pelvis" || ["hip", "knee", "ankle"].contains { rawValue.hasSuffix($0) }
  }
}

extension Skeleton {
  /// How much each joint counts where a network is to learn joints differently, as published for the dataset: elbows and
  /// knees 1.2, wrists and ankles 1.5; CrowdPose has its own.
  public var jointWeights: [Float] {
    if name == Skeleton.crowdPose14.name {
      return [0.2, 0.2, 0.2, 1.3, 1.5, 0.2, 1.3, 1.5, 0.2, 0.2, 0.5, 0.2, 0.2, 0.5]
    }
    return joints.map { joint in
      func isOne(of parts: String...) -> Bool { parts.contains { joint.rawValue.hasSuffix($0) } }
      return isOne(of: "wrist", "ankle") ? 1.5 : isOne(of: "elbow", "knee") ? 1.2 : 1
    }
  }
}
