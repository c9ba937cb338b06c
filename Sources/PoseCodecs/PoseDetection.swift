import PoseCore
import PoseImage

/// A person as a network finds one that looks for everybody at once.
public struct PoseDetection: Sendable, Hashable {
  /// The person's box in pixels of the picture, and how likely there is a person.
  public var detection: Detection
  /// One for each joint of the network's skeleton, in its order.
  public var keypoints: [Keypoint]

  public init(_ detection: Detection, keypoints: [Keypoint]) {
    (self.detection, self.keypoints) = (detection, keypoints)
  }
}

/// From the outputs of a network that looks for everybody at once to people with their joints.
public protocol PoseDecoder: OutputDecoder where Result == [PoseDetection] {}

/// From maps of joints, of any size, and of what groups them, to people.
public protocol GroupingDecoder: PoseDecoder {
  /// People from the outputs for a picture and for its mirror image, as the flip test takes them.
  ///
  /// - Parameter pairs: the joints that change places in the mirror.
  func decode(
    _ outputs: Outputs, withMirrored mirrored: Outputs, _ pairs: [Skeleton.Pair], _ placement: Placement
  ) -> [PoseDetection]
}

/// A person whose joints a second part of the network is still to find.
public struct PoseCandidate: Sendable, Hashable {
  /// The person's box in pixels of the picture, and how likely there is a person.
  public var detection: Detection
  /// How clear each joint of the network's skeleton is.
  public var jointScores: [Double]
  /// What the second part sees of the person.
  public var input: [Float]

  public init(_ detection: Detection, jointScores: [Double], input: [Float]) {
    (self.detection, self.jointScores, self.input) = (detection, jointScores, input)
  }
}

/// From the outputs of a network that looks for everybody at once, and then for the joints of each by itself, to people.
public protocol PoseCandidateDecoder: OutputDecoder where Result == [PoseCandidate] {
  /// The person with the joints that the second part found; nil where they are not finite.
  ///
  /// - Parameter outputs: those of the second part for this person.
  func person(_ candidate: PoseCandidate, _ outputs: Outputs, _ placement: Placement) -> PoseDetection?
}
