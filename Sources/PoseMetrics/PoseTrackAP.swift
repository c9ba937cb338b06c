import PoseCore

/// PoseTrack's average precision of joints in percent (Andriluka et al., CVPR 2018), as poseval computes it. In each
/// frame, a pose is matched to the person with whom it shares the most joints within half of the head's size. The
/// precision of each joint is then computed over all predictions of that joint, ranked by score. poseval's sort does
/// not define the order of equal scores; here the later prediction is ranked first.
public struct PoseTrackAP: Sendable, Hashable {
  /// The average precision of each joint of ``Skeleton/poseTrack18`` except the ears. It is NaN for a joint that was
  /// predicted but is annotated nowhere.
  public var joints: [Joint: Double]
  /// The mean over the joints whose value is not NaN.
  public var total: Double

  /// Computes the metric.
  ///
  /// - Throws: ``MetricError`` if a pose does not have 17 joints, or if a number is not finite.
  public init(_ frames: [PoseTrackFrame]) throws(MetricError) {
    for (index, frame) in frames.enumerated() { try Self.check(frame, "of frame \(index)") }
    // Frames without annotated people do not count, even if poses were predicted in them.
    let frames = frames.filter { !$0.people.isEmpty }
    let outcomes = concurrentMap(frames.count) { FrameOutcome(frames[$0]) }
    let names = TrackedPose.joints.map { Skeleton.poseTrack18.joints[$0] }
    let values = names.indices.map { joint in
      averagePrecision(
        outcomes.flatMap { $0.predictions[joint] }, annotated: outcomes.reduce(0) { $0 + $1.annotated[joint] })
    }
    let joints = Dictionary(uniqueKeysWithValues: zip(names, values))
    self.joints = joints
    total = pairwiseMean(Self.summed.compactMap { joints[$0] }.filter { !$0.isNaN }) ?? .nan
  }

  /// The order in which the published tool adds up the joints.
  private static let summed: [Joint] = [
    "right_ankle", "right_knee", "right_hip", "left_hip", "left_knee", "left_ankle", "right_wrist", "right_elbow",
    "right_shoulder", "left_shoulder", "left_elbow", "left_wrist", "head_bottom", "nose", "head_top",
  ]

  private static func check(_ frame: PoseTrackFrame, _ place: String) throws(MetricError) {
    let (people, expected) = (frame.people, Skeleton.poseTrack18.joints.count)
    for (index, keypoints) in (people.map(\.keypoints) + frame.results).enumerated() {
      let name = index < people.count ? "person \(index) \(place)" : "result \(index - people.count) \(place)"
      guard keypoints.count == 3 * expected else {
        throw .wrongKeypointCount(what: name, found: keypoints.count / 3, expected: expected)
      }
      guard keypoints.allSatisfy(\.isFinite) else { throw .notFinite(what: name) }
    }
  }

  /// The numbers by name: groups of joints, and the total.
  public var values: [MetricValue] {
    let groups: [(String, [Joint])] = [
      ("Head", ["head_top", "head_bottom", "nose"]), ("Shoulder", ["right_shoulder", "left_shoulder"]),
      ("Elbow", ["right_elbow", "left_elbow"]), ("Wrist", ["right_wrist", "left_wrist"]),
      ("Hip", ["right_hip", "left_hip"]), ("Knee", ["right_knee", "left_knee"]),
      ("Ankle", ["right_ankle", "left_ankle"]),
    ]
    return groups.map { name, joints in
      MetricValue(name, pairwiseMean(joints.map { self.joints[$0] ?? .nan }) ?? .nan)
    } + [MetricValue("Total", total)]
  }
}

/// The predictions and annotation counts that a frame contributes to each joint.
private struct FrameOutcome: Sendable {
  /// For each joint, its predictions.
  var predictions: [[JointPrediction]]
  /// For each joint, the number of people on whom it is annotated.
  var annotated: [Int]

  init(_ frame: PoseTrackFrame) {
    var people = frame.people.map { (TrackedPose($0.keypoints, outside: frame.ignoredRegions), $0.headBox.headSize) }
    var results = frame.results.map { TrackedPose($0, outside: frame.ignoredRegions) }
    if !frame.ignoredRegions.isEmpty {
      people.removeAll { $0.0.isEmpty }
      results.removeAll(where: \.isEmpty)
    }
    let joints = TrackedPose.joints.indices
    annotated = joints.map { joint in people.count { $0.0.joints[joint] != nil } }
    predictions = joints.map { _ in [] }
    let hits = results.map { result in people.map { person in result.hits(person.0, headSize: person.1) } }
    let partners = Self.partners(
      hits.map { row in
        zip(row, people).map { hits, person in
          let count = person.0.joints.count { $0 != nil }
          return count == 0 ? 0 : Double(hits.count { $0 }) / Double(count)
        }
      })
    for (index, result) in results.enumerated() {
      for joint in joints {
        guard let found = result.joints[joint] else { continue }
        let isRight = partners[index].map { hits[index][$0][joint] } ?? false
        predictions[joint].append(JointPrediction(score: found.score, isRight: isRight))
      }
    }
  }

  /// For each result, the person with whom it is matched. Each result competes for the person with whom it shares the
  /// most joints, and each person takes the best of the competing results. If several are equal, the first is taken.
  ///
  /// - Parameter shares: one row for each result, with one column for each person.
  private static func partners(_ shares: [[Double]]) -> [Int?] {
    var partners = [Int?](repeating: nil, count: shares.count)
    var best: [Int: (result: Int, share: Double)] = [:]
    for (result, row) in shares.enumerated() {
      guard let share = row.max(), share > 0, let person = row.firstIndex(of: share) else { continue }
      if share > best[person]?.share ?? 0 { best[person] = (result, share) }
    }
    for (person, winner) in best { partners[winner.result] = person }
    return partners
  }
}

extension TrackedPose {
  /// For each joint, whether both poses have it and its distance is within half of the head's size.
  fileprivate func hits(_ person: TrackedPose, headSize: Double) -> [Bool] {
    zip(joints, person.joints).map { found, annotated in
      guard let found, let annotated else { return false }
      let (dx, dy) = (annotated.position.x - found.position.x, annotated.position.y - found.position.y)
      return (dx * dx + dy * dy).squareRoot() / headSize <= 0.5
    }
  }
}

extension BoundingBox {
  /// The diagonal times .6, a factor that the dataset's authors chose.
  fileprivate var headSize: Double {
    let (dx, dy) = (x + width - x, y + height - y)
    return 0.6 * (dx * dx + dy * dy).squareRoot()
  }
}
