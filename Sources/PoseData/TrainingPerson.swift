import PoseCodecs
import PoseCore
import PoseImage

/// A person in a picture, as a network is to learn it.
public struct TrainingPerson: Sendable, Hashable {
  /// Where the person's crop is before any augmentation.
  package var crop: CropGeometry
  /// The annotated box in pixels of the picture, which centre shifts are measured in; nil where there is none.
  public var box: BoundingBox?
  /// In pixels of the picture, in the skeleton's order.
  public var joints: [LabelledKeypoint]
  /// The people around, whom made-up errors mistake for this one or whom the target shows, too.
  package var neighbours: [LabelledPerson]

  public init(
    crop: CropGeometry, box: BoundingBox? = nil, joints: [LabelledKeypoint], neighbours: [LabelledPerson] = []
  ) {
    self.crop = crop
    self.box = box
    self.joints = joints
    self.neighbours = neighbours
  }
}
