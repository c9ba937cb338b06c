import PoseCore

/// An error that prevents the comparison of poses with annotations.
public enum MetricError: UserError, Hashable {
  /// A pose whose number of keypoints differs from the metric's number of sigmas or joints.
  case wrongKeypointCount(what: String, found: Int, expected: Int)
  /// A coordinate, score or size that is not a finite number.
  case notFinite(what: String)
  /// An annotated person without an area, which object keypoint similarity divides by.
  case noArea(what: String)
  /// Two images with the same id and category.
  case repeatedImage(id: Int)
  /// An image without a crowd index, which CrowdPose's difficulty levels need.
  case noCrowdIndex(id: Int)
  /// Two arrays that must have the same length but do not.
  case wrongCount(what: String, found: Int, expected: Int)
  /// A result or an annotation that belongs to an image that the annotations do not list.
  case unknownImage(id: Int, what: String)
  /// A result that belongs to a category that the annotations do not list.
  case unknownCategory(id: Int, what: String, known: [Int])
  /// An image that does not have one result for each annotated person, although the metric needs that.
  case unpaired(image: Int)
  case noBox(what: String)
  /// A person without a head box, whose size PoseTrack's distances are divided by.
  case noHeadBox(what: String)
  /// A joint index that the skeleton does not have.
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
    case .repeatedImage(let id): "image \(id) is listed twice: each image must have its own id"
    case .noCrowdIndex(let id): "image \(id) has no crowdIndex, which CrowdPose's easy, medium and hard levels need"
    case .wrongCount(let what, let found, let expected): "there are \(found) \(what), but \(expected) are needed"
    case .unknownImage(let id, let what):
      "\(what) is of image \(id), which the annotations do not list: are the two files of the same dataset?"
    case .unknownCategory(let id, let what, let known):
      "\(what) is of category \(id), but the annotations have \(known.map(String.init).joined(separator: ", "))"
    case .unpaired(let image):
      "image \(image) does not have one result for each annotated person: give them in the annotations' order"
    case .noBox(let what): "\(what) has no bbox, which the metric needs"
    case .noHeadBox(let what): "\(what) has no bbox_head, which PoseTrack's distances are divided by"
    case .noJoint(let joint, let count): "there is no joint \(joint): joints are numbered 0...\(count - 1)"
    }
  }
}
