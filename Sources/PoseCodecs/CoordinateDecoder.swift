import PoseCore

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Joints as a network regresses them: two numbers each, fractions of the input, or four with their spread.
///
/// Follows MMPose's `RegressionLabel` and `RLEHead`.
public struct JointCoordinates: Sendable, Hashable {
  public let joints: Int
  /// Two or four a joint; the spread before its sigmoid until ``resolvingSpread()``.
  public var values: [Float]

  var numbers: Int { values.count / joints }

  /// - Throws: ``OutputShapeError`` where there are neither two nor four numbers a joint.
  public init(joints: Int, values: [Float]) throws(OutputShapeError) {
    guard joints > 0, values.count % joints == 0, values.count / joints == 2 || values.count / joints == 4 else {
      throw OutputShapeError(joints: joints, counts: [values.count])
    }
    (self.joints, self.values) = (joints, values)
  }

  /// With the spread after its sigmoid, as it is averaged and scored.
  public func resolvingSpread() -> JointCoordinates {
    guard numbers == 4 else { return self }
    var result = self
    for index in values.indices where index % 4 >= 2 { result.values[index] = 1 / (1 + exp(-values[index])) }
    return result
  }

  /// Keypoints in pixels of the network's input. Scores are one, or one less the mean spread.
  public func keypoints(width: Int, height: Int) -> [Keypoint] {
    (0..<joints).map { joint in
      let own = values[joint * numbers..<(joint + 1) * numbers]
      let spread = own.dropFirst(2)
      return Keypoint(
        x: Double(own[own.startIndex]) * Double(width), y: Double(own[own.startIndex + 1]) * Double(height),
        score: spread.isEmpty ? 1 : Double(spread.reduce(0) { $0 + (1 - $1) } / Float(spread.count)))
    }
  }

  /// The coordinates of a mirrored picture as if of the picture itself.
  ///
  /// - Parameter shift: moved to the left by so much of the width.
  public func flippedBack(_ pairs: [Skeleton.Pair], shift: Float) -> JointCoordinates {
    var result = self
    result.values = pairs.exchanging(joints).flatMap { joint in
      var own = Array(values[joint * numbers..<(joint + 1) * numbers])
      own[0] = 1 - own[0] - shift
      return own
    }
    return result
  }

  /// The mean of two of the same size.
  public func averaged(with other: JointCoordinates) -> JointCoordinates {
    guard other.values.count == values.count else { return self }
    var result = self
    result.values = zip(values, other.values).map { ($0 + $1) * 0.5 }
    return result
  }
}
