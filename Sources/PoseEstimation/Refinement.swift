import PoseCodecs
import PoseCore
import PoseImage

extension PoseEstimator {
  /// Whether the network refines poses that another found, rather than finding them (PoseFix, Moon, Chang and Lee, CVPR
  /// 2019).
  public var refinesPoses: Bool { inputPose != nil }

  /// The same poses with their joints where the network finds them better placed. Boxes and scores stay.
  ///
  /// - Parameter poses: of the network's skeleton, in pixels of the image. Joints that do not score above zero count as
  ///   not found; a pose without any joint is returned as it is.
  /// - Throws: `EngineError` where the network refines no poses or a pose has other joints.
  public func refined(_ poses: [Pose], in image: Image) throws -> [Pose] {
    let labels = poses.map { $0.keypoints.map { LabelledKeypoint(position: $0.position, isLabelled: $0.score > 0) } }
    let boxes = labels.map(InputPose.box)
    let usable = poses.indices.filter { boxes[$0] != nil }
    let crops = usable.compactMap { boxes[$0] }.map(crop)
    let found = try image.withView { view in
      try withWorkspace {
        try keypoints(in: view, placement: nil, crops: crops, refining: usable.map { labels[$0] }, $0)
      }
    }
    var refined = poses
    for (index, keypoints) in zip(usable, found) {
      for (joint, keypoint) in keypoints.enumerated() {
        refined[index].keypoints[joint].position = keypoint.position
      }
    }
    return refined
  }
}

extension [LabelledKeypoint] {
  /// As they are in the mirrored picture.
  func mirrored(_ pairs: [Skeleton.Pair], width: Int) -> [LabelledKeypoint] {
    pairs.exchanging(count).map { source in
      let joint = self[source]
      return LabelledKeypoint(
        x: Double(width - 1) - joint.position.x, y: joint.position.y, isLabelled: joint.isLabelled)
    }
  }
}
