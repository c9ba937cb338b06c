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

  /// A person of whom only the joints are known: the box is the least one around those that were found.
  init(_ keypoints: [Keypoint], score: Double) {
    let seen = keypoints.filter { $0.score > 0 }
    self.init(
      Detection(BoundingBox(around: (seen.isEmpty ? keypoints : seen).map(\.position)), score: score.asScore),
      keypoints: keypoints)
  }
}

/// From the outputs of a network that looks for everybody at once to people with their joints.
public protocol PoseDecoder: OutputDecoder where Result == [PoseDetection] {}

/// A person of whom a second part of the network is still to say more.
public struct PoseCandidate: Sendable, Hashable {
  /// The person's box in pixels of the picture, and how likely there is a person.
  public var detection: Detection
  /// The joints as far as they are known already, in pixels of the picture.
  public var keypoints: [Keypoint]
  /// How clear each joint of the network's skeleton is.
  public var jointScores: [Double]
  /// What the second part sees of the person in each view; one after another, as much each time as its graph takes.
  public var inputs: [[Float]]

  public init(
    _ detection: Detection, keypoints: [Keypoint] = [], jointScores: [Double], inputs: [[Float]]
  ) {
    (self.detection, self.keypoints, self.jointScores, self.inputs) = (detection, keypoints, jointScores, inputs)
  }
}

/// From the outputs of a network that looks for everybody at once, and then for the joints of each by itself, to people.
public protocol PoseCandidateDecoder: OutputDecoder where Result == [PoseCandidate] {
  /// The outputs of the second part that are read.
  var personPorts: [String] { get }

  /// The person with what the second part found; nil where that is not finite.
  ///
  /// - Parameters:
  ///   - outputs: those of the second part for each of the candidate's inputs; none where the network has no such part.
  ///   - skeleton: the network's joints.
  func person(
    _ candidate: PoseCandidate, _ outputs: [Outputs], _ skeleton: Skeleton, _ placement: Placement
  ) -> PoseDetection?
}

/// What a network gave for one view of a picture: as it is or mirrored, small or large.
public struct OutputView: Sendable {
  public var outputs: Outputs
  public var isMirrored: Bool
  /// How the picture, before it was mirrored, lies in this view's input.
  public var placement: Placement
  /// How large the view's input is beside the one that the configuration names.
  public var scale: Double

  public init(_ outputs: Outputs, isMirrored: Bool = false, _ placement: Placement, scale: Double = 1) {
    (self.outputs, self.isMirrored, self.placement, self.scale) = (outputs, isMirrored, placement, scale)
  }
}

extension [OutputView] {
  /// The views of each scale together, the largest scale first.
  var byScale: [[OutputView]] {
    Dictionary(grouping: self, by: \.scale).sorted { $0.key > $1.key }.map(\.value)
  }
}

/// A decoder that takes several views of a picture together, as the flip test and tests at several scales do.
public protocol MultiviewDecoder: OutputDecoder {
  /// - Parameters:
  ///   - views: at least one; the first is the picture as it is at the configuration's own scale.
  ///   - skeleton: the network's joints; nil where no view is mirrored and no second part follows.
  ///   - isShifted: moves the heatmaps of mirror images one column to the right, which makes up for the misalignment of the
  ///     standard warp.
  func decode(_ views: [OutputView], _ skeleton: Skeleton?, isShifted: Bool) -> Result

  /// How many columns the mirror image is moved to the left before the network sees it.
  var mirrorShift: Int { get }
}

extension MultiviewDecoder {
  public var mirrorShift: Int { 0 }

  public func decode(_ outputs: Outputs, _ placement: Placement) -> Result {
    decode([OutputView(outputs, placement)], nil, isShifted: false)
  }
}

extension BoundingBox {
  /// The least box around points; empty at the origin where there are none.
  init(around points: [Point]) {
    let (x, y) = (points.map(\.x), points.map(\.y))
    let (left, top) = (x.min() ?? 0, y.min() ?? 0)
    self.init(x: left, y: top, width: (x.max() ?? 0) - left, height: (y.max() ?? 0) - top)
  }
}
