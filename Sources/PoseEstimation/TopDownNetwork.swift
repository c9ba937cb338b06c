import PoseCodecs
import PoseCore

/// A network that finds the joints of one person at a time, such as Lite-HRNet.
public struct TopDownNetwork: PoseNetwork {
  private let network: KeypointNetwork

  public var skeleton: Skeleton { network.skeleton }
  public var needsPeople: Bool { true }

  /// - Throws: `DecoderError` where the decoder cannot read the network's outputs, `CheckpointMismatch` and `EngineError`,
  ///   ``EstimationError`` where the network refines poses.
  public init(_ model: Model, options: PoseEstimator.Options = .init()) throws {
    guard model.configuration.inputPose == nil else {
      throw EstimationError.needsPoses(
        network: model.configuration.name, skeleton: try model.configuration.skeleton().name)
    }
    network = try KeypointNetwork(model, options)
  }

  /// One pose for each person. Its score is the person's times the mean of the keypoints' scores above 0.2.
  public func poses(in picture: Picture, people: [PersonRegion]) throws -> [Pose] {
    zip(people, try network.keypoints(in: picture, people)).map { person, found in
      Pose(
        boundingBox: person.detection.boundingBox, boxScore: person.detection.score, area: found.area,
        score: person.detection.score * found.keypoints.meanScore(), keypoints: found.keypoints, skeleton: skeleton)
    }
  }
}

extension [Keypoint] {
  /// The mean of the scores above a threshold, as COCO results are scored; 0 where none is.
  public func meanScore(above threshold: Double = 0.2) -> Double {
    let clear = lazy.map(\.score).filter { $0 > threshold }
    return clear.isEmpty ? 0 : clear.reduce(0, +) / Double(clear.count)
  }
}
