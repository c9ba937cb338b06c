import PoseCore
import PoseFormats

/// MPII's PCKh (Andriluka et al., CVPR 2014) in percent: how many keypoints are within half of the head's size, as the
/// published evaluation of HRNet computes it.
public struct PCKh: Sendable, Hashable {
  /// A person as annotated and as found.
  public struct Person: Sendable, Hashable {
    /// One position a joint, in the order of ``Skeleton/mpii16``.
    public var truth: [Point]
    public var isAnnotated: [Bool]
    public var prediction: [Point]
    /// The length of the head box's diagonal, in pixels.
    public var headDiagonal: Double

    public init(truth: [Point], isAnnotated: [Bool], prediction: [Point], headDiagonal: Double) {
      self.truth = truth
      self.isAnnotated = isAnnotated
      self.prediction = prediction
      self.headDiagonal = headDiagonal
    }
  }

  /// For each joint of ``Skeleton/mpii16``; NaN where nobody's is annotated.
  public var joints: [Double]
  /// Over all joints but pelvis and thorax, each as often as it is annotated.
  public var total: Double
  /// The same within a tenth of the head's size.
  public var totalAtTenth: Double

  /// - Throws: ``MetricError`` where a person has not 16 joints, or a number is not finite.
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
    // What is within the head's size less a bias that the dataset's authors chose.
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
    // The published code keeps these in single precision.
    totalAtTenth = mean(joints.indices.map { Double(Float(share($0, within: 0.1))) })
  }

  /// Compares what MPII's tools pass around.
  ///
  /// - Parameter predictions: of each person each joint's position, in pixels counted from 1.
  /// - Throws: ``MetricError`` where they are not as many as the annotated joints.
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

  /// PCKh of a joint, or of the mean of its two sides: `wrist`.
  public subscript(_ name: String) -> Double {
    let joints = Skeleton.mpii16.joints
    func value(_ joint: String) -> Double? { joints.firstIndex(of: Joint(rawValue: joint)).map { self.joints[$0] } }
    if let value = value(name) { return value }
    guard let left = value("left_" + name), let right = value("right_" + name) else { return .nan }
    return 0.5 * (left + right)
  }

  /// The numbers by name: groups of joints, the total, at .1, then joint by joint.
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
