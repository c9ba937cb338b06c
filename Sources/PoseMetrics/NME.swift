import PoseCore

extension PairedKeypoints {
  /// The normalized mean error: the mean distance between annotated and predicted joints, divided by each person's
  /// size.
  ///
  /// - Parameter sizes: the size of each person, such as the longer side of the box or the distance between two joints.
  /// - Throws: ``MetricError`` if there is not one size for each person.
  public func normalizedMeanError(sizes: [Size]) throws(MetricError) -> Double {
    let distances = try allDistances(dividedBy: sizes)
    return Double(pairwiseSum(distances)) / Double(max(distances.count, 1))
  }

  /// The distance between two annotated joints for each person, such as the outer corners of the eyes.
  ///
  /// - Throws: ``MetricError`` if the skeleton does not have one of the joints.
  public func distances(between first: Int, and second: Int) throws(MetricError) -> [Size] {
    for joint in [first, second] where !(0..<jointCount).contains(joint) {
      throw .noJoint(joint, count: jointCount)
    }
    return distances(between: first, and: second, in: truths)
  }

  /// The same, 0 for people of whom one of the two is not annotated: they have no size, and take no part.
  public func annotatedDistances(between first: Int, and second: Int) throws(MetricError) -> [Size] {
    let distances = try distances(between: first, and: second)
    return distances.indices.map { person in
      let start = person * jointCount
      return isAnnotated[start + first] && isAnnotated[start + second] ? distances[person] : .zero
    }
  }

  /// The same as predicted.
  func predictedDistances(between first: Int, and second: Int) -> [Size] {
    distances(between: first, and: second, in: predictions)
  }

  private func distances(between first: Int, and second: Int, in positions: [Scalar]) -> [Size] {
    (0..<count).map { person in
      let (first, second) = (2 * (person * jointCount + first), 2 * (person * jointCount + second))
      let (dx, dy) = (positions[first] - positions[second], positions[first + 1] - positions[second + 1])
      let distance = (dx * dx + dy * dy).squareRoot()
      return Size(distance, distance)
    }
  }
}
