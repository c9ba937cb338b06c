import PoseCodecs
import PoseCore

/// From a picture to everybody's poses: a detector, then a network.
///
/// Pictures, folders and runs over datasets all take this one way.
public struct PosePipeline: Sendable {
  /// Finds people for a network that needs them.
  public var detector: any PersonDetector
  public var network: any PoseNetwork
  /// Which of the people that the detector finds are looked at; nil for all.
  public var choice: PeopleChoice?
  /// Of people whom the detector found twice, the pose of the lower score is left out: poses whose object keypoint
  /// similarity is greater are one person's. 1 or more leaves none out. People whose boxes the caller gives all stay.
  public var similarityLimit = 0.9
  private let memory = WorkspacePool(inputCount: 0)

  public init(detector: any PersonDetector = WholePicture(), network: any PoseNetwork, choice: PeopleChoice? = nil) {
    (self.detector, self.network, self.choice) = (detector, network, choice)
  }

  /// The poses in a picture, in pixels of the upright picture.
  ///
  /// - Parameters:
  ///   - picture: the picture to look at.
  ///   - people: where people are; nil to let the detector look for them.
  /// - Throws: ``EstimationError``, and what reading the picture's pixels throws.
  public func poses(in picture: Picture, people: [PersonRegion]? = nil) throws -> [Pose] {
    guard network.needsPeople else { return try network.poses(in: picture, people: []) }
    if let people { return try network.poses(in: picture, people: people) }
    guard detector.looksAtPixels else { return try poses(in: picture, of: detector.people(in: picture)) }
    // Both look at the same pixels, which are decoded once.
    return try memory.withWorkspace { workspace in
      try picture.withDecoded(workspace) { picture in
        let found = try poses(in: picture, of: detector.people(in: picture))
        return found.suppressed(threshold: similarityLimit)
      }
    }
  }

  private func poses(in picture: Picture, of people: [Detection]) throws -> [Pose] {
    let chosen = choice?(people, in: picture.size) ?? people
    return try network.poses(in: picture, people: chosen.map { PersonRegion($0) })
  }
}
