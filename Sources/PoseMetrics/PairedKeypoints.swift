/// Predicted poses paired with their annotations, person by person, for the metrics that need no matching.
///
/// With `Float`, the distances are those of the published code, which computes in single precision. With `Double`, they
/// are those of the same code when it reads coordinates from text. Distances are stored in single precision in both
/// cases.
public struct PairedKeypoints<Scalar: BinaryFloatingPoint & SIMDScalar & Sendable>: Sendable {
  /// The size that distances are divided by, along x and along y.
  public typealias Size = SIMD2<Scalar>

  public let jointCount: Int
  public private(set) var count = 0
  private(set) var predictions: [Scalar] = []
  private(set) var truths: [Scalar] = []
  private(set) var isAnnotated: [Bool] = []

  /// Creates an empty collection of people with this number of joints.
  public init(jointCount: Int) { self.jointCount = jointCount }

  /// Adds a person.
  ///
  /// - Parameters:
  ///   - prediction: x and y of each joint in turn.
  ///   - truth: the annotated positions, in the same layout.
  ///   - isAnnotated: for each joint, whether it counts.
  /// - Throws: ``MetricError`` if an array does not have one entry for each joint, or if a number is not finite.
  public mutating func append(
    _ prediction: [Scalar], truth: [Scalar], isAnnotated: [Bool]
  ) throws(MetricError) {
    let name = "person \(count)"
    for values in [prediction, truth] {
      guard values.count == 2 * jointCount else {
        throw .wrongKeypointCount(what: name, found: values.count / 2, expected: jointCount)
      }
      guard values.allSatisfy(\.isFinite) else { throw .notFinite(what: name) }
    }
    guard isAnnotated.count == jointCount else {
      throw .wrongKeypointCount(what: name, found: isAnnotated.count, expected: jointCount)
    }
    predictions += prediction
    truths += truth
    self.isAnnotated += isAnnotated
    count += 1
  }

  /// For each joint, the distances between prediction and annotation, person after person. Joints that are not
  /// annotated and people whose size is 0 are left out.
  func distances(dividedBy sizes: [Size]) throws(MetricError) -> [[Float]] {
    guard sizes.count == count else { throw .wrongCount(what: "sizes", found: sizes.count, expected: count) }
    return (0..<jointCount).map { joint in
      (0..<count).compactMap { person in
        let index = person * jointCount + joint
        guard isAnnotated[index], sizes[person].x != 0, sizes[person].y != 0 else { return nil }
        // Replaces a negative size by a large one, so that the distance is nearly 0.
        let size = sizes[person].replacing(with: 1e6, where: sizes[person] .<= 0)
        let dx = (predictions[2 * index] - truths[2 * index]) / size.x
        let dy = (predictions[2 * index + 1] - truths[2 * index + 1]) / size.y
        return Float((dx * dx + dy * dy).squareRoot())
      }
    }
  }

  /// All distances in one array, joint after joint.
  func allDistances(dividedBy sizes: [Size]) throws(MetricError) -> [Float] {
    try distances(dividedBy: sizes).flatMap(\.self)
  }
}
