import PoseCore

/// A number for each joint that PoseTrack's metrics count, and what the published tool reports of them.
struct JointTable {
  /// In the order of the skeleton's joints.
  static let names = TrackedPose.joints.map { Skeleton.poseTrack18.joints[$0] }

  private static let groups: [(name: String, joints: [Joint])] = [
    ("Head", ["head_top", "head_bottom", "nose"]), ("Shoulder", ["right_shoulder", "left_shoulder"]),
    ("Elbow", ["right_elbow", "left_elbow"]), ("Wrist", ["right_wrist", "left_wrist"]),
    ("Hip", ["right_hip", "left_hip"]), ("Knee", ["right_knee", "left_knee"]),
    ("Ankle", ["right_ankle", "left_ankle"]),
  ]

  /// The order in which the published tool adds up the joints.
  private static let summed: [Joint] = [
    "right_ankle", "right_knee", "right_hip", "left_hip", "left_knee", "left_ankle", "right_wrist", "right_elbow",
    "right_shoulder", "left_shoulder", "left_elbow", "left_wrist", "head_bottom", "nose", "head_top",
  ]

  let values: [Joint: Double]

  /// The means over groups of joints by name; NaN where one of the joints has no number.
  var groups: [MetricValue] {
    Self.groups.map { name, joints in
      MetricValue(name, pairwiseMean(joints.map { values[$0] ?? .nan }) ?? .nan)
    }
  }

  /// The mean over the joints whose value is not NaN.
  var total: Double { pairwiseMean(Self.summed.compactMap { values[$0] }.filter { !$0.isNaN }) ?? .nan }
}
