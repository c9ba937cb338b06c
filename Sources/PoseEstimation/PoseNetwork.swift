import PoseCore
import PoseImage

/// A network that finds poses in pictures.
public protocol PoseNetwork: Sendable {
  /// What the keypoints mean.
  var skeleton: Skeleton { get }

  /// Whether the network looks at one person at a time and must be told where people are.
  var needsPeople: Bool { get }

  /// The poses in a picture, in pixels of the upright picture.
  ///
  /// - Parameters:
  ///   - picture: the picture to look at.
  ///   - people: where people are. A network that needs them returns one pose for each, in their order; one that finds
  ///     people by itself does not look at them.
  /// - Throws: ``EstimationError``, and what reading the picture's pixels throws.
  func poses(in picture: Picture, people: [PersonRegion]) throws -> [Pose]
}

/// Where a network looks for a person, and what is known of the person.
public struct PersonRegion: Sendable, Hashable {
  /// The person's box in pixels of the upright picture, and how sure its source is of it.
  public var detection: Detection
  /// The crop that the network sees; nil for the one that the network's own geometry makes of the box.
  public var crop: CropGeometry?
  /// How a crop around the box is rounded.
  public var boxRule: BoxRule
  /// The joints as somebody found them, in pixels of the picture, for a network that refines poses.
  public var keypoints: [LabelledKeypoint]

  public init(
    _ detection: Detection, crop: CropGeometry? = nil, boxRule: BoxRule = .distance, keypoints: [LabelledKeypoint] = []
  ) {
    (self.detection, self.crop, self.boxRule, self.keypoints) = (detection, crop, boxRule, keypoints)
  }
}

/// Why poses cannot be estimated.
public enum EstimationError: UserError, Hashable {
  /// A network that refines poses was given none, or poses of another skeleton.
  case needsPoses(network: String, skeleton: String)
  /// A network that refines no poses was asked to.
  case refinesNothing(network: String)
  /// A network that was to find people is no detector, or knows no people.
  case findsNoPeople(network: String)
  /// The detector that comes with the library finds people, and the network has joints of something else.
  case findsOtherThanPeople(network: String, skeleton: String)
  /// The configuration's codec does not decode one person's keypoints.
  case decodesNoKeypoints(network: String, codec: String)
  /// The configuration's codec does not decode everybody of a picture, or its geometry shows one person.
  case looksAtOnePerson(network: String, codec: String)
  /// The network looks for people by itself, and a detector or boxes were given.
  case needsNoPeople(network: String)
  /// A network that finds people with their joints was given as a detector.
  case findsWholePoses(network: String)
  /// Another decoder of one person's keypoints was asked for.
  case hasItsOwnDecoder(network: String)
  /// The scales of the network's inputs make no sense.
  case hasWrongScales(reason: String)
  /// The weights fit inputs of one size alone, and inputs of other scales were asked for.
  case hasFixedInput(network: String, input: Size)
  /// The network does not find the class of each pixel.
  case segmentsNothing(network: String)
  /// The image geometry of a network that segments pictures shows a part of them, or turns their pixels into others.
  case seesNoWholePicture(network: String, geometry: String)
  /// The network gives numbers that are not finite, although its weights are.
  case notFinite(network: String)
}

extension EstimationError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .needsPoses(let network, let skeleton):
      "\(network) refines poses: give one of \(skeleton) for each person"
    case .refinesNothing(let network):
      "\(network) finds poses and refines none: give a network that does, such as PoseFix"
    case .findsNoPeople(let network):
      "\(network) finds no people: give a detector that does, such as rtmdet_nano_person"
    case .findsOtherThanPeople(let network, let skeleton):
      "\(network) finds the joints of \(skeleton), and the detector that comes with pose finds people: give boxes or another "
        + "detector, or take each picture as one of them (--detector whole)"
    case .decodesNoKeypoints(let network, let codec):
      "\(network) looks at one person at a time, but its codec \(codec) does not give one person's keypoints"
    case .looksAtOnePerson(let network, let codec):
      "\(network) looks at one person at a time: to find everybody at once it needs a codec such as yolox_pose, not "
        + "\(codec), and an image geometry of whole pictures"
    case .needsNoPeople(let network):
      "\(network) looks for everybody in a picture by itself: leave the detector and boxes out"
    case .findsWholePoses(let network):
      "\(network) finds people with their joints and is no detector for another network: give it as the model"
    case .hasItsOwnDecoder(let network):
      "\(network) looks for everybody in a picture at once, which its own codec decodes: leave another one out"
    case .hasWrongScales(let reason): "a list of scales \(reason)"
    case .hasFixedInput(let network, let input):
      "\(network) has a fixed input size, \(input): scales need a network whose weights fit inputs of any size, such as HRNet. "
        + "Leave the scales out"
    case .segmentsNothing(let network):
      "\(network) does not find the class of each pixel: give a segmentation network, such as ocrnet_hr18s_cityscapes_512x1024"
    case .seesNoWholePicture(let network, let geometry):
      "\(network) segments whole pictures, but its configuration has image.geometry: \(geometry). Set it to letterbox or stretch"
    case .notFinite(let network):
      "\(network) gives numbers that are not finite: its weights are too large, as after a training run that diverged. "
        + "Use an earlier checkpoint"
    }
  }
}
