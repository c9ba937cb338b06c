import PoseCore

/// J-HMDB's PCK (Jhuang et al., ICCV 2013) for groups of joints, as MMPose reports it. Distances are divided by the
/// longer side of the person's box, or by the length of the torso (``PairedKeypoints/torsoSizes()``).
public struct JHMDBPCK: Sendable, Hashable {
  public var head: Double
  public var shoulder: Double
  public var elbow: Double
  public var wrist: Double
  public var hip: Double
  public var knee: Double
  public var ankle: Double
  public var mean: Double

  /// Computes the metric.
  ///
  /// - Throws: ``MetricError`` if the poses do not have the joints of ``Skeleton/jhmdb15``, or if there is not one size
  ///   for each person.
  public init<Scalar>(
    _ people: PairedKeypoints<Scalar>, sizes: [PairedKeypoints<Scalar>.Size], threshold: Double = 0.2
  ) throws(MetricError) {
    let joints = Skeleton.jhmdb15.joints
    guard people.jointCount == joints.count else {
      throw .wrongKeypointCount(what: "J-HMDB's pose", found: people.jointCount, expected: joints.count)
    }
    let pck = try PCK(people, sizes: sizes, threshold: threshold)
    func value(_ name: Joint) -> Double {
      // The published code gives -1 for a joint that is annotated on nobody.
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
  /// The length of each person's torso, from the left shoulder to the right hip of ``Skeleton/jhmdb15``. The annotated
  /// length is used, or the predicted one if the annotated length is below one pixel.
  ///
  /// - Throws: ``MetricError`` if the poses have too few joints.
  public func torsoSizes() throws(MetricError) -> [Size] {
    let annotated = try distances(between: 4, and: 5)
    let predicted = predictedDistances(between: 4, and: 5)
    return zip(annotated, predicted).map { $0.x < 1 ? $1 : $0 }
  }
}
