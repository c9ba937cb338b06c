import PoseCodecs
import PoseCore
import PoseImage

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
  /// Whether people who lie or stand on their heads are looked for as well: everything is done four times, on the picture
  /// turned by quarters, and of each person the pose of the best score is kept. People whom the caller gives are
  /// looked at as they are.
  public var rotations = false
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
    if let people, network.needsPeople { return try network.poses(in: picture, people: people) }
    if rotations { return try posesOfTurns(of: picture) }
    guard network.needsPeople else { return chosen(try network.poses(in: picture, people: []), in: picture) }
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
    let chosen = choice.map { $0(people, in: picture.size).map { people[$0] } } ?? people
    return try network.poses(in: picture, people: chosen.map { PersonRegion($0) })
  }

  private func chosen(_ poses: [Pose], in picture: Picture) -> [Pose] {
    guard let choice else { return poses }
    return choice(poses.map { Detection($0.boundingBox, score: $0.boxScore) }, in: picture.size).map { poses[$0] }
  }

  /// The poses of the best turn of each person.
  private func posesOfTurns(of picture: Picture) throws -> [Pose] {
    let upright = try picture.upright()
    // Boxes that are known lie in the picture as it is.
    let known = detector.looksAtPixels || !network.needsPeople ? nil : try detector.people(in: picture)
    var found: [Turned] = []
    for turn in QuarterTurn.allCases {
      let turned = Picture(try upright.turned(turn), path: picture.path)
      let people =
        try known?.map { person in
          var person = person
          person.boundingBox = turn(person.boundingBox, in: picture.size)
          return person
        } ?? (network.needsPeople ? detector.people(in: turned) : [])
      let poses = try network.poses(in: turned, people: people.map { PersonRegion($0) })
      found += poses.enumerated().map { index, pose in
        Turned(pose: pose.turned(turn.inverse, in: turned.size), turn: turn, person: known == nil ? nil : index)
      }
    }
    var kept: [Turned] = []
    for one in found.sorted(by: { $0.pose.score > $1.pose.score }) where !kept.contains(where: one.repeats) {
      kept.append(one)
    }
    var poses = kept.map(\.pose)
    if known == nil {
      poses = poses.suppressed(threshold: similarityLimit)
    } else {
      poses = kept.sorted { ($0.person ?? 0) < ($1.person ?? 0) }.map(\.pose)
    }
    return chosen(poses, in: picture)
  }

  /// A pose that was found in a turned picture, in pixels of the picture as it is.
  private struct Turned {
    var pose: Pose
    var turn: QuarterTurn
    /// The index of the person's box; nil for people whom the detector found.
    var person: Int?

    /// Whether this is a person whom another turn shows, too. What one turn finds are several people.
    func repeats(_ other: Turned) -> Bool {
      if let person { return person == other.person }
      return turn != other.turn && pose.boundingBox.overlap(with: other.pose.boundingBox) > 0.5
    }
  }
}

extension Pose {
  /// The pose in a turned picture.
  ///
  /// - Parameter size: of the picture before the turn.
  fileprivate func turned(_ turn: QuarterTurn, in size: Size) -> Pose {
    var pose = self
    pose.boundingBox = turn(boundingBox, in: size)
    for index in keypoints.indices { pose.keypoints[index].position = turn(keypoints[index].position, in: size) }
    return pose
  }
}
