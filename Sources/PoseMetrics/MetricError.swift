/// Why poses cannot be compared with annotations.
public enum MetricError: Error, Hashable {
  /// A pose has another number of keypoints than the metric has sigmas or joints.
  case wrongKeypointCount(what: String, found: Int, expected: Int)
  /// A coordinate, score or size that is not a finite number.
  case notFinite(what: String)
  /// An annotated person without the area that object keypoint similarity divides by.
  case noArea(what: String)
  /// Two images of the same category and number.
  case repeatedImage(id: Int)
  /// An image without the crowd index that CrowdPose's levels need.
  case noCrowdIndex(id: Int)
  /// Arrays that must be as long as each other, and are not.
  case wrongCount(what: String, found: Int, expected: Int)
  /// A joint's number that the skeleton does not have.
  case noJoint(Int, count: Int)
}

extension MetricError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .wrongKeypointCount(let what, let found, let expected):
      "\(what) has \(found) keypoints, but the metric is for \(expected): give the sigmas of its skeleton"
    case .notFinite(let what): "\(what) holds a number that is not finite"
    case .noArea(let what):
      "\(what) has no area: take .53 of its box's area, as for CrowdPose and AI Challenger (--no-use-area)"
    case .repeatedImage(let id): "image \(id) is there twice: each image must have its own id"
    case .noCrowdIndex(let id): "image \(id) has no crowdIndex, which CrowdPose's easy, medium and hard need"
    case .wrongCount(let what, let found, let expected): "there are \(found) \(what), but \(expected) are needed"
    case .noJoint(let joint, let count): "there is no joint \(joint): they are 0...\(count - 1)"
    }
  }
}
