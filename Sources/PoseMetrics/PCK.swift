/// The percentage of correct keypoints (Yang and Ramanan, PAMI 2013), as a fraction: the share of keypoints whose
/// distance from the annotation is below a threshold times the person's size.
public struct PCK: Sendable, Hashable {
  /// The fraction for each joint, or nil if the joint is annotated on nobody.
  public var joints: [Double?]

  /// The mean over the joints that are annotated, or 0 if none is.
  public var mean: Double { pairwiseMean(joints.compactMap(\.self)) ?? 0 }

  /// Computes the metric.
  ///
  /// - Parameters:
  ///   - sizes: for each person, the size that distances are divided by along x and y. Often both are the longer side
  ///     of the box.
  ///   - threshold: the distance below which a keypoint is correct; at exactly this distance it is not.
  /// - Throws: ``MetricError`` if there is not one size for each person.
  public init<Scalar>(
    _ people: PairedKeypoints<Scalar>, sizes: [PairedKeypoints<Scalar>.Size], threshold: Double
  ) throws(MetricError) {
    joints = Self.joints(try people.distances(dividedBy: sizes), threshold)
  }

  init(_ distances: [[Float]], threshold: Double) { joints = Self.joints(distances, threshold) }

  private static func joints(_ distances: [[Float]], _ threshold: Double) -> [Double?] {
    distances.map { distances in
      distances.isEmpty ? nil : Double(distances.count { $0 < Float(threshold) }) / Double(distances.count)
    }
  }
}
