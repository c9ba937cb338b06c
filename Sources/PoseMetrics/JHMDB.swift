import PoseCore

/// J-HMDB's PCK (Jhuang et al., ICCV 2013) for groups of joints, as MMPose reports it: distances divided by the longer
/// side of the person's box, or by the torso's length (``PairedKeypoints/torsoSizes()``).
public struct JHMDBPCK: Sendable, Hashable {
  public var head: Double
  public var shoulder: Double
  public var elbow: Double
  public var wrist: Double
  public var hip: Double
  public var knee: Double
  public var ankle: Double
  public var mean: Double

  /// - Throws: ``MetricError`` where the poses have other joints than ``Skeleton/jhmdb15``, or the sizes are not as many.
  public init<Scalar>(
    _ people: PairedKeypoints<Scalar>, sizes: [PairedKeypoints<Scalar>.Size], threshold: Double = 0.2
  ) throws(MetricError) {
    let joints = Skeleton.jhmdb15.joints
    guard people.jointCount == joints.count else {
      throw .wrongKeypointCount(what: "J-HMDB's pose", found: people.jointCount, expected: joints.count)
    }
    let pck = try PCK(people, sizes: sizes, threshold: threshold)
    func value(_ name: Joint) -> Double {
      // The published code counts a joint that nobody has as -1.
      joints.firstIndex(of: name).flatMap { pck.joints[$0] } ?? -1
    }
    func pair(_ name: String) -> Double {
      0.5 * value(Joint(rawValue: "right_" + name)) + 0.5 * value(Joint(rawValue: "left_" + name))
    }
    head = value("head")
    shoulder = pair("shoulder")
    elbow = pair("elbow")
    wrist = pair("wrist")
    hip = pair("hip")
    knee = pair("knee")
    ankle = pair("ankle")
    mean = pck.mean
  }

  /// The numbers by name.
  public var values: [MetricValue] {
    [
      MetricValue("Head", head), MetricValue("Shoulder", shoulder), MetricValue("Elbow", elbow),
      MetricValue("Wrist", wrist), MetricValue("Hip", hip), MetricValue("Knee", knee), MetricValue("Ankle", ankle),
      MetricValue("Mean", mean),
    ]
  }
}

extension PairedKeypoints {
  /// The torsos' lengths, from the left shoulder to the right hip of ``Skeleton/jhmdb15``: as annotated, or as predicted
  /// where that is shorter than a pixel.
  public func torsoSizes() throws(MetricError) -> [Size] {
    let annotated = try distances(between: 4, and: 5)
    let predicted = predictedDistances(between: 4, and: 5)
    return zip(annotated, predicted).map { $0.x < 1 ? $1 : $0 }
  }
}
