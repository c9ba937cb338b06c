import PoseImage

/// How training pictures are varied: probabilities and extents. ``draw(from:)`` decides for one sample.
public struct Augmentation: Sendable, Hashable, Codable {
  /// How often a picture is mirrored.
  package var flipProbability = 0.0
  /// How often the crop shows one half of the body only, where enough joints are labelled.
  package var halfBodyProbability = 0.0
  /// A body is halved where more joints than this are labelled.
  package var halfBodyJoints = 8
  /// Crops become up to this share larger or smaller: a normal distribution, cut off at one deviation.
  package var scaleFactor = 0.0
  /// The deviation of the rotation in degrees, cut off at two deviations.
  package var rotationFactor = 0.0
  /// How often a crop is rotated at all.
  package var rotationProbability = 0.6
  /// How often the centre moves.
  package var shiftProbability = 0.0
  /// How far it moves at most.
  package var shiftFactor = 0.0
  /// What shifts are measured in.
  package var shiftBasis = ShiftBasis.box
  /// How often colours change, and how much; nil for never.
  package var photometric: PhotometricDistortion?
  /// How often a crop is blurred.
  package var blurProbability = 0.0
  /// The largest side of a blur's square, in pixels of the input; sides are odd.
  package var blurLimit = 7
  /// How often a rectangle is overwritten with noise (Zhong et al., AAAI 2020).
  package var erasingProbability = 0.0
  /// The rectangle's share of the input.
  package var erasingArea = 0.02...0.33
  /// The least ratio of its sides; the greatest is the inverse.
  package var erasingAspect = 0.3
  /// How often crops look as worse cameras take them; nil for never. A teacher sees them as they were before.
  package var degradation: RandomDegradation?
  /// Changes of pixels that a teacher does not see either.
  package var studentOnly: [PixelChange] = []

  /// What a centre's shift is a share of.
  package enum ShiftBasis: String, Sendable, Hashable, Codable, CaseIterable {
    /// The annotated box, drawn once for all epochs: the code of Lite-HRNet's time.
    case box
    /// The padded crop, drawn anew each epoch: MMPose 0.29.
    case crop
  }

  /// Whether there are changes that a student sees and its teacher does not.
  var hidesChangesFromTeacher: Bool { degradation != nil || !studentOnly.isEmpty }

  /// No variation at all.
  public init() {}

  /// Lite-HRNet's for COCO, which the other datasets of detected people use too: mirrored every other time, halved, scaled
  /// by a quarter, rotated by 30 degrees.
  public static let coco: Augmentation = {
    var augmentation = Augmentation()
    augmentation.flipProbability = 0.5
    augmentation.halfBodyProbability = 0.3
    augmentation.scaleFactor = 0.25
    augmentation.rotationFactor = 30
    augmentation.shiftProbability = 0.3
    augmentation.shiftFactor = 0.2
    return augmentation
  }()

  /// Lite-HRNet's for MPII: no half bodies and no shift.
  public static let mpii: Augmentation = {
    var augmentation = coco
    augmentation.halfBodyProbability = 0
    augmentation.shiftProbability = 0
    return augmentation
  }()

  /// MMPose 0.29's for COCO: scaled by a half, rotated by 40 degrees, shifted anew each epoch.
  public static let mmpose: Augmentation = {
    var augmentation = coco
    augmentation.scaleFactor = 0.5
    augmentation.rotationFactor = 40
    augmentation.shiftFactor = 0.16
    augmentation.shiftBasis = .crop
    return augmentation
  }()

  /// PoseFix's: scaled by three tenths and rotated by 40 degrees, neither halved nor moved.
  public static let poseFix: Augmentation = {
    var augmentation = Augmentation()
    augmentation.flipProbability = 0.5
    augmentation.scaleFactor = 0.3
    augmentation.rotationFactor = 40
    return augmentation
  }()

  /// Decides for one sample. The same count of numbers is drawn whatever comes out.
  ///
  /// - Parameters:
  ///   - stream: the sample's in this epoch.
  ///   - constant: the sample's for all epochs, which shifts of the box are drawn from; nil for `stream`.
  package func draw(from stream: inout RandomStream, constant: RandomStream? = nil) -> AugmentationSample {
    var drawn = AugmentationSample()
    drawn.isFlipped = stream.happens(flipProbability)
    drawn.halfBody = stream.happens(halfBodyProbability) ? (stream.normal() < 0.5 ? .upper : .lower) : nil
    drawn.scale = min(max(1 + scaleFactor * stream.normal(), 1 - scaleFactor), 1 + scaleFactor)
    let turn = min(max(rotationFactor * stream.normal(), -2 * rotationFactor), 2 * rotationFactor)
    drawn.rotation = stream.happens(rotationProbability) ? turn : 0
    var shifts = shiftBasis == .box ? constant ?? stream.split(0) : stream.split(0)
    if shifts.happens(shiftProbability) {
      drawn.shift = AugmentationSample.Shift(
        x: shifts.uniform(-shiftFactor, shiftFactor), y: shifts.uniform(-shiftFactor, shiftFactor), basis: shiftBasis)
    }
    var pixels = stream.split(1)
    drawn.colors = photometric?.draw(from: &pixels)
    if pixels.happens(blurProbability), blurLimit >= 3 {
      drawn.blur = 3 + 2 * Int.random(in: 0...(min(blurLimit, 31) - 3) / 2, using: &pixels)
    }
    if pixels.happens(erasingProbability) {
      drawn.erasing = Erasing(area: erasingArea, aspect: erasingAspect, from: &pixels)
    }
    // A stream of their own: with degradations and without, everything else is the same.
    var camera = stream.split(3)
    drawn.degradations = degradation?.draw(from: &camera) ?? []
    return drawn
  }
}
