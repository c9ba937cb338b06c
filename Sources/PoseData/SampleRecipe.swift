import PoseCodecs
import PoseCore
import PoseImage
import PoseMedia

/// How a person in a picture becomes a network's input and its targets.
public struct SampleRecipe: Sendable, Equatable {
  public var skeleton: Skeleton
  /// Writes the targets, and knows the input's size.
  public var encoder: TargetEncoder
  public var warp: Warp
  public var augmentation: Augmentation
  /// How pixels become the network's numbers.
  public var encoding = PixelEncoding()
  /// Whether large JPEGs may be decoded at a part of their size; crops then differ a little.
  public var decoding = Decoding.exact
  /// The largest number of pixels of a picture that is decoded.
  public var pixelLimit = EncodedImage.defaultPixelLimit
  /// How a network that refines poses sees one: the person's own with ``SyntheticPoseErrors``; nil for other networks.
  public var inputPose: InputPose?
  /// The size of the crops of a teacher that sees other pixels than the network: without degradations and what else is for
  /// the student alone, or the same crops at a multiple of the input's size. Nil where it sees what the network sees.
  package var teacherInput: Size?

  /// - Parameter warp: nil for the one that goes with the targets.
  public init(
    skeleton: Skeleton, encoder: TargetEncoder, augmentation: Augmentation, warp: Warp? = nil
  ) {
    self.skeleton = skeleton
    self.encoder = encoder
    self.augmentation = augmentation
    self.warp = warp ?? (encoder.target.isUnbiased ? .udp : .standard)
  }

  /// The least overlap of boxes with which people are neighbours that a sample knows of; nil where it knows of none. PoseFix
  /// counts a tenth.
  package var neighbourOverlap: Double? { encoder.target.takesNeighbours ? 0 : inputPose == nil ? nil : 0.1 }

  /// The input's shape: channels, height, width.
  public var inputShape: [Int] {
    [3 + (inputPose == nil ? 0 : skeleton.joints.count), encoder.input.height, encoder.input.width]
  }

  /// The shape of what a teacher sees; nil where that is the input.
  var teacherShape: [Int]? { teacherInput.map { [inputShape[0], $0.height, $0.width] } }
}
