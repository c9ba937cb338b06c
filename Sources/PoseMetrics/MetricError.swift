import PoseCore

/// An error that prevents the comparison of poses with annotations.
public enum MetricError: UserError, Hashable {
  /// A pose whose number of keypoints differs from the metric's number of sigmas or joints.
  case wrongKeypointCount(what: String, found: Int, expected: Int)
  /// A coordinate, score or size that is not a finite number.
  case notFinite(what: String)
  /// An annotated person or object without an area, by which people's similarities and objects' size ranges go.
  case noArea(what: String)
  /// Two images with the same id and category.
  case repeatedImage(id: Int)
  /// An image without a crowd index, which CrowdPose's difficulty levels need.
  case noCrowdIndex(id: Int)
  /// Two arrays that must have the same length but do not.
  case wrongCount(what: String, found: Int, expected: Int)
  /// A result or an annotation that belongs to an image that the annotations do not list.
  case unknownImage(id: Int, what: String)
  /// A result of a file that is no image's of the annotations, or of several.
  case unknownFile(name: String, reason: String?)
  /// An image whose results are not as many as its annotated people, where each needs one.
  case unpaired(image: Int)
  /// Results that name the annotations of their people, and an annotation with none or several.
  case unpairedAnnotation(id: Int, count: Int)
  /// Results that name the annotations of their people, and one that names none or one that is not there.
  case noAnnotation(what: String, id: Int?)
  /// Results that resemble other people than those in whose places they stand.
  case otherOrder(image: Int, count: Int, of: Int)
  case noBox(what: String)
  /// A person without a head box, whose size PoseTrack's distances are divided by.
  case noHeadBox(what: String)
  /// Annotations without a person who counts, so that there is nobody to be tracked.
  case nobody
  /// A person whose number over time the file does not give.
  case noTrack(what: String)
  /// A person or a track that is in a frame twice.
  case repeatedPerson(what: String, frame: Int)
  /// Similarities that are not one from 0 to 1 for each person and track.
  case similarities(frame: Int)
  /// Two masks of one picture that differ in size.
  case otherSize(what: String, found: String, expected: String)
  /// Masks without a pixel that counts.
  case noPixel
  /// A joint index that the skeleton does not have.
  case noJoint(Int, count: Int)
}

extension MetricError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .wrongKeypointCount(let what, let found, let expected):
      "\(what) has \(found) keypoints, but the metric is for \(expected)"
    case .notFinite(let what): "\(what) holds a number that is not finite"
    case .noArea(let what): "\(what) has no area, which the metric needs"
    case .repeatedImage(let id): "image \(id) is there twice: each image must have its own id"
    case .noCrowdIndex(let id): "image \(id) has no crowdIndex, which CrowdPose's easy, medium and hard need"
    case .wrongCount(let what, let found, let expected): "there are \(found) \(what), but \(expected) are needed"
    case .unknownImage(let id, let what):
      "\(what) is of image \(id), which the annotations do not list: are the two files of the same dataset?"
    case .unknownFile(let name, let reason):
      reason ?? "the annotations have no image '\(name)': are the two files of the same dataset?"
    case .unpaired(let image):
      """
      image \(image) has not as many results as annotated people: give one for each, with the annotation_id of its \
      person or in the annotations' order. `pose test --nms none` writes them so
      """
    case .unpairedAnnotation(let id, let count):
      """
      \(count == 0 ? "no result is" : "\(count) results are") of annotation \(id): give one for each annotated person. \
      `pose test --nms none` writes them so
      """
    case .noAnnotation(let what, nil):
      "\(what) has no annotation_id, but others have: give all of them one, or none"
    case .noAnnotation(let what, let id?): "\(what) is of annotation \(id), which is nobody's to be found"
    case .otherOrder(let image, let count, let all):
      """
      \(count) of \(all) results in images of several people are nearer to another person than to the one in whose place \
      they stand (the first in image \(image)): write them in the annotations' order, or with the annotation_id of their \
      person, as `pose test` does
      """
    case .noBox(let what): "\(what) has no bbox, which the metric needs"
    case .noHeadBox(let what): "\(what) has no bbox_head, which PoseTrack's distances are divided by"
    case .noTrack(let what):
      """
      \(what) has no track_id, which says who is who over time: `pose track` writes results with one (--coco, --posetrack)
      """
    case .nobody: "the annotations have nobody with a labeled joint, so that there is nobody to be tracked"
    case .repeatedPerson(let what, let frame): "\(what) is in frame \(frame) twice: each must have its own number"
    case .similarities(let frame): "frame \(frame) needs a similarity from 0 to 1 for each person and track"
    case .otherSize(let what, let found, let expected):
      "the mask of \(what) has \(found) pixels (height x width), but the true one has \(expected)"
    case .noPixel: "the true masks have no pixel that counts, so that there is nothing to be found"
    case .noJoint(let joint, let count): "there is no joint \(joint): joints are numbered 0...\(count - 1)"
    }
  }
}
