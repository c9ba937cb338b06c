import PoseCore

/// Says who is who over time: gives each person of a video a number that stays, by where the joints are and how people move.
///
/// Poses are matched in three rounds of least total cost. Sure poses go to the people who are known, by object keypoint
/// similarity and the boxes' overlap with where they should be now; then unsure ones to those who were just seen, so that
/// nobody is lost for being half hidden (Zhang et al., ByteTrack, ECCV 2022); then what is left to people who were lost,
/// within the bounds of where they may have gone since (Cao et al., OC-SORT, CVPR 2023). All times are in seconds, so a video of any rate, also a
/// varying one, is followed alike. Pictures are not looked at: people who change places while nobody sees them get each
/// other's number.
///
/// ```swift
/// var tracker = Tracker()
/// for try await frame in frames {
///   for person in tracker.update(try estimator.poses(in: frame.picture), at: frame.time) {
///     print(frame.time, person.track, person.pose.keypoints)
///   }
/// }
/// ```
public struct Tracker: Sendable {
  /// What the tracker takes for granted.
  public struct Options: Sendable, Hashable, Codable {
    /// The score from which a pose is sure: it is matched first, and may be a new person's.
    public var sureScore = 0.3
    /// Poses of lower scores are nobody's.
    public var leastScore = 0.1
    /// How similar a pose must be to where a person should be: the mean of object keypoint similarity and overlap.
    public var leastSimilarity = 0.25
    /// The similarity from which an unmatched pose is a second one of somebody who is matched, and nobody's.
    public var sameSimilarity = 0.6
    /// For how many seconds a new person must be seen to get a number; those of the first frame get theirs at once.
    public var confirmation = 0.1
    /// For how many seconds somebody who is not seen is waited for.
    public var patience = 3.0
    /// How many standard deviations from where a lost person should be the person is looked for.
    public var reach = 2.5

    public init() {}
  }

  public var options: Options
  private var people: [PersonTrack] = []
  private var lastNumber = 0
  private var lastTime: Double?
  private let motion = PersonTrack.Motion()

  public init(options: Options = Options()) { self.options = options }

  /// A person whom the tracker knows, as the person should be at some time.
  public struct Expected: Sendable, Hashable {
    public var track: Int
    /// The last pose, moved to where the person should be by now.
    public var pose: Pose
    /// For how many seconds nobody has seen the person; 0 for who was there in the last frame.
    public var missing: Double
  }

  /// Where the people who have numbers should be at a time, by their numbers.
  public func expected(at time: Double) -> [Expected] {
    people.compactMap { person in
      person.number.map {
        Expected(
          track: $0, pose: person.predictedPose(at: time), missing: max(0, (lastTime ?? time) - person.lastSeen))
      }
    }.sorted { $0.track < $1.track }
  }

  /// Takes the poses of the next frame.
  ///
  /// - Parameters:
  ///   - poses: everybody who was found in it, in any order; of one skeleton.
  ///   - time: when it is shown, in seconds; frames that are not later than the one before count as 1 microsecond later.
  /// - Returns: the poses of people who have a number, by their numbers.
  public mutating func update(_ poses: [Pose], at time: Double) -> [TrackedPose] {
    let time = max(time, (lastTime ?? -.infinity) + 1e-6)
    let isFirst = lastTime == nil
    defer { lastTime = time }
    var (owners, free) = ([Int?](repeating: nil, count: poses.count), Set(people.indices))
    let sure = poses.indices.filter { poses[$0].score >= options.sureScore }
    let unsure = poses.indices.filter { options.leastScore..<options.sureScore ~= poses[$0].score }
    let present = people.indices.filter { people[$0].lastSeen == lastTime || time - people[$0].lastSeen <= motion.gap }

    func match(_ candidates: [Int], _ people: [Int], limit: Double, _ cost: (Int, Int) -> Double) {
      for (pose, person) in leastCostPairs(candidates, people, limit: limit, cost) {
        owners[pose] = person
        free.remove(person)
      }
    }
    let expected = people.map { $0.predictedPose(at: time) }
    func dissimilarity(_ pose: Int, _ person: Int) -> Double { 1 - Self.similarity(expected[person], poses[pose]) }
    match(sure, Array(people.indices), limit: 1 - options.leastSimilarity, dissimilarity)
    match(unsure, present.filter(free.contains), limit: 1 - options.leastSimilarity, dissimilarity)
    let left = sure.filter { owners[$0] == nil && !isSecond(poses[$0], of: poses, owners) }
    match(left, people.indices.filter(free.contains), limit: options.reach) { pose, person in
      let growth = poses[pose].size / people[person].size
      return (0.5...2).contains(growth) ? people[person].distance(to: poses[pose], at: time) : .infinity
    }

    for (pose, owner) in zip(poses, owners) {
      if let owner { people[owner].update(with: pose, at: time) }
    }
    for pose in left.sorted(by: { poses[$0].score > poses[$1].score })
    where owners[pose] == nil && !isSecond(poses[pose], of: poses, owners) {
      owners[pose] = people.count
      people.append(PersonTrack(poses[pose], at: time, motion: motion))
    }
    let tracked = number(poses, owners, isFirst: isFirst, at: time)
    people.removeAll { time - $0.lastSeen > ($0.number == nil ? motion.gap : options.patience) }
    return tracked
  }

  /// Gives numbers to those who have been seen for long enough.
  private mutating func number(_ poses: [Pose], _ owners: [Int?], isFirst: Bool, at time: Double) -> [TrackedPose] {
    var tracked: [TrackedPose] = []
    for (source, owner) in owners.enumerated() {
      guard let owner else { continue }
      if people[owner].number == nil, isFirst || time - people[owner].firstSeen >= options.confirmation {
        lastNumber += 1
        people[owner].number = lastNumber
      }
      if let number = people[owner].number {
        tracked.append(TrackedPose(track: number, pose: poses[source], source: source))
      }
    }
    return tracked.sorted { $0.track < $1.track }
  }

  /// Whether a pose nearly coincides with one that is somebody's.
  private func isSecond(_ pose: Pose, of poses: [Pose], _ owners: [Int?]) -> Bool {
    zip(poses, owners).contains { other, owner in
      owner != nil && Self.similarity(other, pose) >= options.sameSimilarity
    }
  }

  /// From 0 to 1, by joints and by boxes.
  static func similarity(_ first: Pose, _ second: Pose) -> Double {
    let joints = objectKeypointSimilarity(
      first.keypoints, second.keypoints, areas: (first.boundingBox.area, second.boundingBox.area),
      sigmas: first.skeleton.sigmas)
    return (joints + first.boundingBox.overlap(with: second.boundingBox)) / 2
  }
}

/// Pairs of rows and columns of least total cost. A row without a column costs the limit, so that no pair is made worse for
/// another's sake than the limit allows.
///
/// - Parameter cost: from 0 on; what is beyond the limit is no pair.
func leastCostPairs(
  _ rows: [Int], _ columns: [Int], limit: Double, _ cost: (Int, Int) -> Double
) -> [(row: Int, column: Int)] {
  guard !rows.isEmpty, !columns.isEmpty else { return [] }
  // Columns of nobody let any number of rows stay alone.
  let costs = rows.map { row in columns.map { min(cost(row, $0), 2 * limit) } + rows.map { _ in limit } }
  return zip(rows.indices, leastCostAssignment(costs)).compactMap { row, column in
    column < columns.count && costs[row][column] <= limit ? (rows[row], columns[column]) : nil
  }
}
