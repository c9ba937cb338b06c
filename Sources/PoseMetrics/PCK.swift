/// The percentage of correct keypoints (Yang and Ramanan, PAMI 2013), as a fraction: how many are nearer than a threshold
/// times the person's size.
public struct PCK: Sendable, Hashable {
  /// For each joint; nil where nobody's is annotated.
  public var joints: [Double?]

  /// The mean over the joints that are annotated; 0 where none is.
  public var mean: Double { pairwiseMean(joints.compactMap(\.self)) ?? 0 }

  /// - Parameters:
  ///   - sizes: what distances are divided by, a person: often the longer side of the box, twice.
  ///   - threshold: keypoints at exactly this distance do not count.
  /// - Throws: ``MetricError`` where the sizes are not as many as the people.
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
