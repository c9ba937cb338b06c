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
    for (index, frame) in frames.enumerated() { try frame.check("of frame \(index)") }
    // Frames without annotated people do not count, even if poses were predicted in them.
    let frames = frames.filter { !$0.people.isEmpty }
    let outcomes = concurrentMap(frames.count) { FrameOutcome(CountedFrame(frames[$0])) }
    let values = JointTable.names.indices.map { joint in
      averagePrecision(
        outcomes.flatMap { $0.predictions[joint] }, annotated: outcomes.reduce(0) { $0 + $1.annotated[joint] })
    }
    joints = Dictionary(uniqueKeysWithValues: zip(JointTable.names, values))
    total = JointTable(values: joints).total
  }

  /// The numbers by name: groups of joints, and the total.
  public var values: [MetricValue] { JointTable(values: joints).groups + [MetricValue("Total", total)] }
}

/// The predictions and annotation counts that a frame contributes to each joint.
private struct FrameOutcome: Sendable {
  /// For each joint, its predictions.
  var predictions: [[JointPrediction]]
  /// For each joint, the number of people on whom it is annotated.
  var annotated: [Int]

  init(_ frame: CountedFrame) {
    let (people, results) = (frame.people, frame.results)
    let joints = TrackedPose.joints.indices
    annotated = joints.map { joint in people.count { $0.pose.joints[joint] != nil } }
    predictions = joints.map { _ in [] }
    let hits = results.map { result in people.map { result.pose.distances(to: $0).map { $0 != nil } } }
    let partners = Self.partners(
      hits.map { row in
        zip(row, people).map { hits, person in
          let count = person.pose.joints.count { $0 != nil }
          return count == 0 ? 0 : Double(hits.count { $0 }) / Double(count)
        }
      })
    for (index, result) in results.enumerated() {
      for joint in joints {
        guard let found = result.pose.joints[joint] else { continue }
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
