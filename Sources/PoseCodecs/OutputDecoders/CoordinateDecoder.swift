import PoseCore
import PoseImage

/// Joints that a network regresses as coordinates, and with RLE their spread, from the output `coordinates`.
///
/// Follows MMPose's `RegressionLabel` and `RLEHead`.
public struct CoordinateDecoder: KeypointDecoder {
  public static let catalogue: [String: any OutputDecoder] = [
    "regression": CoordinateDecoder(), "integral_regression": CoordinateDecoder(),
    "integral_one_hot": CoordinateDecoder(),
  ]

  public init() {}

  public func check(_ ports: [String: [Int]], skeleton: Skeleton?) throws(DecoderError) {
    let joints = skeleton?.joints.count ?? 0
    guard let shape = ports["coordinates"], shape.count == 2, shape[0] == joints, [2, 4].contains(shape[1]) else {
      throw DecoderError(port: "coordinates", needed: "\(joints) x 2 or \(joints) x 4", ports: ports)
    }
  }

  public func decode(_ outputs: Outputs, _ placement: Placement) -> [Keypoint] {
    JointCoordinates(outputs).keypoints(in: placement.input).map {
      Keypoint(position: placement.picturePoint(of: $0.position, on: placement.input), score: $0.score.asScore)
    }
  }

  public func merged(
    _ outputs: Outputs, withMirrored mirrored: Outputs, _ pairs: [Skeleton.Pair], isShifted: Bool, input: Size
  ) -> Outputs {
    let flipped = JointCoordinates(mirrored).flippedBack(pairs, shift: isShifted ? 1 / Float(max(input.width, 1)) : 0)
    return JointCoordinates(outputs).averaged(with: flipped).outputs
  }
}
