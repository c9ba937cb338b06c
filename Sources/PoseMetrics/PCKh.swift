import PoseCore
import PoseFormats

/// MPII's PCKh (Andriluka et al., CVPR 2014) in percent: the share of keypoints that are within half of the head's size
/// from their annotation, as the published evaluation of HRNet computes it.
public struct PCKh: Sendable, Hashable {
  /// The annotated and the predicted pose of a person.
  public struct Person: Sendable, Hashable {
    /// The position of each joint, in the order of ``Skeleton/mpii16``.
    public var truth: [Point]
    public var isAnnotated: [Bool]
    public var prediction: [Point]
    /// The length of the head box's diagonal, in pixels.
    public var headDiagonal: Double

    /// Creates a person.
    public init(truth: [Point], isAnnotated: [Bool], prediction: [Point], headDiagonal: Double) {
      self.truth = truth
      self.isAnnotated = isAnnotated
      self.prediction = prediction
      self.headDiagonal = headDiagonal
    }
  }

  /// The value of each joint of ``Skeleton/mpii16``, or NaN if the joint is annotated on nobody.
  public var joints: [Double]
  /// The mean over all joints except the pelvis and the thorax, weighted by the number of annotations of each joint.
  public var total: Double
  /// The same mean for the threshold of a tenth of the head's size.
  public var totalAtTenth: Double

  /// Computes the metric.
  ///
  /// - Throws: ``MetricError`` if a person does not have 16 joints, or if a number is not finite.
  public init(_ people: [Person]) throws(MetricError) {
    let joints = Skeleton.mpii16.joints
    for (index, person) in people.enumerated() {
      let name = "person \(index)"
      for count in [person.truth.count, person.isAnnotated.count, person.prediction.count] where count != joints.count {
        throw .wrongKeypointCount(what: name, found: count, expected: joints.count)
      }
      guard person.headDiagonal.isFinite, (person.truth + person.prediction).allSatisfy(\.isFinite) else {
        throw .notFinite(what: name)
      }
    }
    // Distances in units of the head's size, which is the diagonal times .6, a factor that the dataset's authors chose.
    let errors = joints.indices.map { joint in
      people.filter { $0.isAnnotated[joint] }.map { person in
        let (dx, dy) = (
          person.prediction[joint].x - person.truth[joint].x, person.prediction[joint].y - person.truth[joint].y
        )
        return (dx * dx + dy * dy).squareRoot() / (person.headDiagonal * 0.6)
      }
    }
    let counts = errors.map { Double($0.count) }
    let isCounted = joints.map { $0 != "pelvis" && $0 != "thorax" }
    let all = zip(counts, isCounted).reduce(0) { $1.1 ? $0 + $1.0 : $0 }
    func share(_ joint: Int, within threshold: Double) -> Double {
      100 * Double(errors[joint].count { $0 <= threshold }) / counts[joint]
    }
    func mean(_ shares: [Double]) -> Double {
      pairwiseSum(joints.indices.map { isCounted[$0] ? shares[$0] * (counts[$0] / all) : 0 })
    }
    self.joints = joints.indices.map { share($0, within: 0.5) }
    total = mean(self.joints)
    // The published code stores these values in single precision.
    totalAtTenth = mean(joints.indices.map { Double(Float(share($0, within: 0.1))) })
  }

  /// Compares predictions with the ground truth file of MPII's tools.
  ///
  /// - Parameter predictions: the position of each joint of each person in turn, in pixels counted from 1.
  /// - Throws: ``MetricError`` if there is not one position for each annotated joint.
  public init(_ truth: MPIIGroundTruth, predictions: [Point]) throws(MetricError) {
    guard predictions.count == truth.positions.count else {
      throw .wrongCount(what: "positions", found: predictions.count, expected: truth.positions.count)
    }
    try self.init(
      truth.headBoxes.enumerated().map { person, box in
        let joints = person * truth.jointCount..<(person + 1) * truth.jointCount
        return Person(
          truth: Array(truth.positions[joints]), isAnnotated: truth.isMissing[joints].map { !$0 },
          prediction: Array(predictions[joints]),
          headDiagonal: (box.width * box.width + box.height * box.height).squareRoot())
      })
  }

  /// The PCKh of a joint, or the mean of its left and its right side, for names such as `wrist`.
  public subscript(_ name: String) -> Double {
    let joints = Skeleton.mpii16.joints
    func value(_ joint: String) -> Double? { joints.firstIndex(of: Joint(rawValue: joint)).map { self.joints[$0] } }
    if let value = value(name) { return value }
    guard let left = value("left_" + name), let right = value("right_" + name) else { return .nan }
    return 0.5 * (left + right)
  }

  /// The numbers by name: groups of joints, the total, the total at .1, and then each joint.
  public var values: [MetricValue] {
    let groups = [
      ("Head", "head_top"), ("Shoulder", "shoulder"), ("Elbow", "elbow"), ("Wrist", "wrist"), ("Hip", "hip"),
      ("Knee", "knee"), ("Ankle", "ankle"),
    ]
    return groups.map { MetricValue($0, self[$1]) } + [
      MetricValue("PCKh", total), MetricValue("PCKh@0.1", totalAtTenth),
    ]
      + zip(Skeleton.mpii16.joints, joints).map { MetricValue($0.rawValue, $1) }
  }
}

extension Point {
  fileprivate var isFinite: Bool { x.isFinite && y.isFinite }
}
