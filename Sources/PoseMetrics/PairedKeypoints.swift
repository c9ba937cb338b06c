/// Poses and the annotations they stand for, person by person: what the metrics compare that need no matching.
///
/// With `Float` the distances are those of the published code, which computes in single precision; with `Double` those
/// of the same code over coordinates read from text. It keeps distances in single precision in both cases.
public struct PairedKeypoints<Scalar: BinaryFloatingPoint & SIMDScalar & Sendable>: Sendable {
  /// The size that distances are divided by, along x and along y.
  public typealias Size = SIMD2<Scalar>

  public let jointCount: Int
  public private(set) var count = 0
  private(set) var predictions: [Scalar] = []
  private(set) var truths: [Scalar] = []
  private(set) var isAnnotated: [Bool] = []

  public init(jointCount: Int) { self.jointCount = jointCount }

  /// Adds a person.
  ///
  /// - Parameters:
  ///   - prediction: x and y, joint after joint.
  ///   - truth: the same as annotated.
  ///   - isAnnotated: for each joint, whether it counts.
  /// - Throws: ``MetricError`` where these are not as many as the joints, or not finite.
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

  /// For each joint, how far the predictions are off, person after person; joints that are not annotated, and people
  /// whose size is 0, are left out.
  func distances(dividedBy sizes: [Size]) throws(MetricError) -> [[Float]] {
    guard sizes.count == count else { throw .wrongCount(what: "sizes", found: sizes.count, expected: count) }
    return (0..<jointCount).map { joint in
      (0..<count).compactMap { person in
        let index = person * jointCount + joint
        guard isAnnotated[index], sizes[person].x != 0, sizes[person].y != 0 else { return nil }
        // A size below 0 makes every distance vanish.
        let size = sizes[person].replacing(with: 1e6, where: sizes[person] .<= 0)
        let dx = (predictions[2 * index] - truths[2 * index]) / size.x
        let dy = (predictions[2 * index + 1] - truths[2 * index + 1]) / size.y
        return Float((dx * dx + dy * dy).squareRoot())
      }
    }
  }

  /// All distances, joint after joint.
  func allDistances(dividedBy sizes: [Size]) throws(MetricError) -> [Float] {
    try distances(dividedBy: sizes).flatMap(\.self)
  }
}
