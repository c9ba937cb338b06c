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
  /// Two or four a joint; the spread after its sigmoid.
  public var values: [Float]

  var numbers: Int { values.count / joints }

  /// - Throws: ``OutputShapeError`` where there are neither two nor four numbers a joint.
  public init(joints: Int, values: [Float]) throws(OutputShapeError) {
    guard joints > 0, values.count % joints == 0, values.count / joints == 2 || values.count / joints == 4 else {
      throw OutputShapeError(joints: joints, counts: [values.count])
    }
    (self.joints, self.values) = (joints, values)
  }

  /// Of the port `coordinates`, which was checked to be `joints x 2` or `joints x 4`, or of the mean of two outputs.
  init(_ outputs: Outputs) {
    if let mean = outputs[Self.resolved] {
      (joints, values) = (mean.shape[0], mean.values)
    } else {
      let tensor = outputs.required("coordinates")
      (joints, values) = (tensor.shape[0], tensor.values)
      resolveSpread()
    }
  }

  /// Spreads are averaged after their sigmoid, which must not be taken twice: so the mean has a name of its own.
  private static let resolved = "coordinates, their spread after its sigmoid"

  var outputs: Outputs { Outputs([Self.resolved: OutputTensor(shape: [joints, numbers], values: values)]) }

  /// Applies the sigmoid to the spread, where there is one.
  private mutating func resolveSpread() {
    guard numbers == 4 else { return }
    for index in values.indices where index % 4 >= 2 { values[index] = 1 / (1 + exp(-values[index])) }
  }

  /// Keypoints in pixels of the network's input. Scores are one, or one less the mean spread.
  func keypoints(in input: Size) -> [Keypoint] {
    (0..<joints).map { joint in
      let own = values[joint * numbers..<(joint + 1) * numbers]
      let spread = own.dropFirst(2)
      return Keypoint(
        x: Double(own[own.startIndex]) * Double(input.width), y: Double(own[own.startIndex + 1]) * Double(input.height),
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
    precondition(other.values.count == values.count, "coordinates of two sizes have no mean")
    var result = self
    result.values = zip(values, other.values).map { ($0 + $1) * 0.5 }
    return result
  }
}
