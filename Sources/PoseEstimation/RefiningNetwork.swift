import PoseCodecs
import PoseCore

/// A network that moves the joints of poses that another method found to where the picture shows them (PoseFix, Moon, Chang
/// and Lee, CVPR 2019).
public struct RefiningNetwork: PoseNetwork {
  private let network: KeypointNetwork
  private let inputPose: InputPose

  public var skeleton: Skeleton { network.skeleton }
  public var needsPeople: Bool { true }

  /// - Throws: as ``TopDownNetwork/init(_:options:)``; ``EstimationError`` where the network refines no poses.
  public init(_ model: Model, options: PoseEstimator.Options = .init()) throws {
    guard let description = model.configuration.inputPose else {
      throw EstimationError.refinesNothing(network: model.configuration.name)
    }
    inputPose = InputPose(sigma: description.sigma)
    network = try KeypointNetwork(model, options)
  }

  /// One pose for each person, whose keypoints it starts from. Its score is the person's.
  public func poses(in picture: Picture, people: [PersonRegion]) throws -> [Pose] {
    guard people.allSatisfy({ $0.keypoints.count == skeleton.joints.count }) else {
      throw EstimationError.needsPoses(network: network.name, skeleton: skeleton.name)
    }
    return zip(people, try network.keypoints(in: picture, people, drawing: inputPose)).map { person, found in
      Pose(
        boundingBox: person.detection.boundingBox, boxScore: person.detection.score, area: found.area,
        score: person.detection.score,
        keypoints: found.keypoints, skeleton: skeleton)
    }
  }

  /// The same poses with their joints where the network finds them better placed. Boxes and scores stay.
  ///
  /// - Parameters:
  ///   - poses: of the network's skeleton, in pixels of the picture. Joints that do not score above zero count as not
  ///     found; a pose without any joint is returned as it is.
  ///   - picture: the picture that the poses were found in.
  /// - Throws: as ``poses(in:people:)``.
  public func refined(_ poses: [Pose], in picture: Picture) throws -> [Pose] {
    let labels = poses.map { $0.keypoints.map { LabelledKeypoint(position: $0.position, isLabelled: $0.score > 0) } }
    let boxes = labels.map(InputPose.box)
    let usable = poses.indices.filter { boxes[$0] != nil }
    let people = usable.compactMap { index in
      boxes[index].map { PersonRegion(Detection($0), keypoints: labels[index]) }
    }
    var refined = poses
    for (index, pose) in zip(usable, try self.poses(in: picture, people: people)) {
      for (joint, keypoint) in pose.keypoints.enumerated() {
        refined[index].keypoints[joint].position = keypoint.position
      }
    }
    return refined
  }
}
