// The datasets' skeletons: joints, pairs, limbs and sigmas as the published tools have them.

extension Skeleton {
  /// COCO's keypoints (Lin et al., ECCV 2014).
  public static let coco17 = Skeleton(
    "coco17",
    joints: [
      "nose", "left_eye", "right_eye", "left_ear", "right_ear", "left_shoulder", "right_shoulder", "left_elbow",
      "right_elbow", "left_wrist", "right_wrist", "left_hip", "right_hip", "left_knee", "right_knee",
      "left_ankle", "right_ankle",
    ],
    flipPairs: [(1, 2), (3, 4), (5, 6), (7, 8), (9, 10), (11, 12), (13, 14), (15, 16)],
    limbs: [
      (15, 13), (13, 11), (16, 14), (14, 12), (11, 12), (5, 11), (6, 12), (5, 6), (5, 7), (6, 8), (7, 9),
      (8, 10), (1, 2), (0, 1), (0, 2), (1, 3), (2, 4), (3, 5), (4, 6),
    ],
    sigmas: [
      0.026, 0.025, 0.025, 0.035, 0.035, 0.079, 0.079, 0.072, 0.072, 0.062, 0.062, 0.107, 0.107, 0.087, 0.087,
      0.089, 0.089,
    ],
    upperBody: Array(0...10), lowerBody: Array(11...16),
    jointWeights: [1, 1, 1, 1, 1, 1, 1, 1.2, 1.2, 1.5, 1.5, 1, 1, 1.2, 1.2, 1.5, 1.5])

  /// MPII Human Pose (Andriluka et al., CVPR 2014).
  public static let mpii16 = Skeleton(
    "mpii16",
    joints: [
      "right_ankle", "right_knee", "right_hip", "left_hip", "left_knee", "left_ankle", "pelvis", "thorax",
      "upper_neck", "head_top", "right_wrist", "right_elbow", "right_shoulder", "left_shoulder", "left_elbow",
      "left_wrist",
    ],
    flipPairs: [(0, 5), (1, 4), (2, 3), (10, 15), (11, 14), (12, 13)],
    limbs: [
      (0, 1), (1, 2), (2, 6), (6, 3), (3, 4), (4, 5), (6, 7), (7, 8), (8, 9), (8, 12), (12, 11), (11, 10),
      (8, 13), (13, 14), (14, 15),
    ],
    sigmas: [
      0.089, 0.083, 0.107, 0.107, 0.083, 0.089, 0.026, 0.026, 0.026, 0.026, 0.062, 0.072, 0.179, 0.179, 0.072,
      0.062,
    ],
    upperBody: Array(7...15), lowerBody: Array(0...6),
    jointWeights: [1.5, 1.2, 1, 1, 1.2, 1.5, 1, 1, 1, 1, 1.5, 1.2, 1, 1, 1.2, 1.5])

  /// CrowdPose (Li et al., CVPR 2019).
  public static let crowdPose14 = Skeleton(
    "crowdpose14",
    joints: [
      "left_shoulder", "right_shoulder", "left_elbow", "right_elbow", "left_wrist", "right_wrist", "left_hip",
      "right_hip", "left_knee", "right_knee", "left_ankle", "right_ankle", "top_head", "neck",
    ],
    flipPairs: [(0, 1), (2, 3), (4, 5), (6, 7), (8, 9), (10, 11)],
    limbs: [
      (10, 8), (8, 6), (11, 9), (9, 7), (6, 7), (0, 6), (1, 7), (0, 1), (0, 2), (1, 3), (2, 4), (3, 5),
      (12, 13), (1, 13), (0, 13),
    ],
    sigmas: [0.079, 0.079, 0.072, 0.072, 0.062, 0.062, 0.107, 0.107, 0.087, 0.087, 0.089, 0.089, 0.079, 0.079],
    upperBody: [0, 1, 2, 3, 4, 5, 12, 13], lowerBody: Array(6...11),
    jointWeights: [0.2, 0.2, 0.2, 1.3, 1.5, 0.2, 1.3, 1.5, 0.2, 0.2, 0.5, 0.2, 0.2, 0.5])

  /// AI Challenger's human keypoints (Wu et al., 2017).
  public static let aic14 = Skeleton(
    "aic14",
    joints: [
      "right_shoulder", "right_elbow", "right_wrist", "left_shoulder", "left_elbow", "left_wrist", "right_hip",
      "right_knee", "right_ankle", "left_hip", "left_knee", "left_ankle", "head_top", "neck",
    ],
    flipPairs: [(0, 3), (1, 4), (2, 5), (6, 9), (7, 10), (8, 11)],
    limbs: [
      (2, 1), (1, 0), (0, 13), (13, 3), (3, 4), (4, 5), (8, 7), (7, 6), (6, 9), (9, 10), (10, 11), (12, 13),
      (0, 6), (3, 9),
    ],
    sigmas: [
      0.01388152, 0.01515228, 0.01057665, 0.01417709, 0.01497891, 0.01402144, 0.03909642, 0.03686941,
      0.01981803, 0.03843971, 0.03412318, 0.02415081, 0.01291456, 0.01236173,
    ],
    upperBody: [0, 1, 2, 3, 4, 5, 12, 13], lowerBody: Array(6...11),
    jointWeights: [1, 1.2, 1.5, 1, 1.2, 1.5, 1, 1.2, 1.5, 1, 1.2, 1.5, 1, 1])

  /// Leeds Sports Pose and its extension (Johnson and Everingham, BMVC 2010 and CVPR 2011).
  public static let lsp14 = Skeleton(
    "lsp14",
    joints: [
      "right_ankle", "right_knee", "right_hip", "left_hip", "left_knee", "left_ankle", "right_wrist",
      "right_elbow", "right_shoulder", "left_shoulder", "left_elbow", "left_wrist", "neck", "head_top",
    ],
    flipPairs: [(0, 5), (1, 4), (2, 3), (6, 11), (7, 10), (8, 9)],
    limbs: [
      (0, 1), (1, 2), (3, 4), (4, 5), (6, 7), (7, 8), (9, 10), (10, 11), (8, 12), (9, 12), (12, 13), (2, 3),
      (2, 8), (3, 9),
    ],
    sigmas: [0.089, 0.087, 0.107, 0.107, 0.087, 0.089, 0.062, 0.072, 0.079, 0.079, 0.072, 0.062, 0.079, 0.079],
    upperBody: Array(6...13), lowerBody: Array(0...5),
    jointWeights: [1.5, 1.2, 1, 1, 1.2, 1.5, 1.5, 1.2, 1, 1, 1.2, 1.5, 1, 1])

  /// J-HMDB (Jhuang et al., ICCV 2013).
  public static let jhmdb15 = Skeleton(
    "jhmdb15",
    joints: [
      "neck", "belly", "head", "right_shoulder", "left_shoulder", "right_hip", "left_hip", "right_elbow",
      "left_elbow", "right_knee", "left_knee", "right_wrist", "left_wrist", "right_ankle", "left_ankle",
    ],
    flipPairs: [(3, 4), (5, 6), (7, 8), (9, 10), (11, 12), (13, 14)],
    limbs: [
      (13, 9), (9, 5), (5, 1), (1, 6), (6, 10), (10, 14), (1, 0), (0, 2), (0, 3), (3, 7), (7, 11), (0, 4),
      (4, 8), (8, 12),
    ],
    sigmas: [
      0.025, 0.107, 0.025, 0.079, 0.079, 0.107, 0.107, 0.072, 0.072, 0.087, 0.087, 0.062, 0.062, 0.089, 0.089,
    ],
    upperBody: [0, 1, 2, 3, 4, 7, 8, 11, 12], lowerBody: [5, 6, 9, 10, 13, 14],
    jointWeights: [1, 1, 1, 1, 1, 1, 1, 1.2, 1.2, 1.2, 1.2, 1.5, 1.5, 1.5, 1.5])

  /// PoseTrack 2018 (Andriluka et al., CVPR 2018).
  public static let poseTrack18 = Skeleton(
    "posetrack18",
    joints: [
      "nose", "head_bottom", "head_top", "left_ear", "right_ear", "left_shoulder", "right_shoulder",
      "left_elbow", "right_elbow", "left_wrist", "right_wrist", "left_hip", "right_hip", "left_knee",
      "right_knee", "left_ankle", "right_ankle",
    ],
    flipPairs: [(3, 4), (5, 6), (7, 8), (9, 10), (11, 12), (13, 14), (15, 16)],
    limbs: [
      (15, 13), (13, 11), (16, 14), (14, 12), (11, 12), (5, 11), (6, 12), (5, 6), (5, 7), (6, 8), (7, 9),
      (8, 10), (0, 1), (0, 2), (1, 5), (1, 6),
    ],
    sigmas: [
      0.026, 0.025, 0.025, 0.035, 0.035, 0.079, 0.079, 0.072, 0.072, 0.062, 0.062, 0.107, 0.107, 0.087, 0.087,
      0.089, 0.089,
    ],
    upperBody: Array(0...10), lowerBody: Array(11...16),
    jointWeights: [1, 1, 1, 1, 1, 1, 1, 1.2, 1.2, 1.5, 1.5, 1, 1, 1.2, 1.2, 1.5, 1.5])

  /// Every skeleton that has a name here.
  public static let all = [
    coco17, mpii16, crowdPose14, aic14, lsp14, jhmdb15, poseTrack18, wholeBody133, halpe26, hand21, face68, wflw98,
    lapa106, ap10k17,
  ]

  /// The skeleton of that name, such as `coco17`.
  public init?(named name: String) {
    guard let skeleton = Self.all.first(where: { $0.name == name }) else { return nil }
    self = skeleton
  }

  /// A skeleton of the catalogue, with pairs as tuples.
  init(
    _ name: String, joints: [Joint], flipPairs: [(Int, Int)], limbs: [(Int, Int)], sigmas: [Double],
    upperBody: [Int], lowerBody: [Int], jointWeights: [Double]
  ) {
    self.init(
      name: name, joints: joints, flipPairs: flipPairs.map { Pair($0.0, $0.1) },
      limbs: limbs.map { Pair($0.0, $0.1) }, sigmas: sigmas, upperBody: upperBody, lowerBody: lowerBody,
      jointWeights: jointWeights)
  }
}
