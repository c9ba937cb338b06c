import PoseCore
import PoseFormats
import PoseImage

/// People in pictures: what training and testing work through.
public struct Dataset: Sendable {
  /// What messages call it, such as `coco`.
  public var name: String
  /// What the keypoints mean.
  public var skeleton: Skeleton
  /// How boxes become crops.
  package var boxRule: BoxRule
  public internal(set) var pictures: [Picture]
  /// By picture, and within one in the order of the file; a detector's in the order of its file.
  public internal(set) var people: [Person]
  /// The joints of all people, one after the other.
  public internal(set) var keypoints: [LabelledKeypoint]
  /// How many people were left out because the dataset's rules say so.
  package internal(set) var excluded = Excluded()
  /// What could not be used.
  public package(set) var problems = DatasetProblems()
  /// The numbers of the categories that people are of: those with joints. Boxes and results of others are not people's.
  public internal(set) var categories: Set<Int> = [1]

  /// A picture.
  public struct Picture: Sendable, Hashable {
    /// Its number in the annotations.
    public var id: Int
    /// Where its file is.
    public var path: String
    /// In pixels; 0 where the annotations do not say.
    public var width: Int
    /// In pixels; 0 where the annotations do not say.
    public var height: Int
    /// How crowded it is, from 0 to 1 (CrowdPose).
    package var crowdIndex: Double?
  }

  /// A person in a picture.
  public struct Person: Sendable, Hashable {
    /// The index in ``Dataset/pictures``.
    public var picture: Int
    /// Its number in the annotations; nil for a detector's box.
    package var annotationID: Int?
    public var place: Place
    /// Who says so.
    public var source: BoxSource
    /// How sure the source is; 1 for annotations.
    public var score = 1.0
    /// In square pixels, as annotated.
    public var area: Double?
    /// A crowd's box rather than one person's.
    package var isCrowd = false
    /// The pixels of a crowd, or of a person without a labelled joint; nil where they were not asked for.
    package var segmentation: Segmentation?
    /// The person over time.
    package var trackID: Int?
    /// 1, COCO's person, unless the annotations number people otherwise.
    package var categoryID = 1
    /// Where in ``Dataset/keypoints`` the joints are, one for each of the skeleton's; empty where none are known.
    public var keypoints = 0..<0

    /// The box in pixels; nil where the dataset gives a centre and a scale instead.
    package var boundingBox: BoundingBox? {
      if case .box(let box) = place { box } else { nil }
    }
  }

  /// Where a person is.
  public enum Place: Sendable, Hashable {
    /// A box in pixels, cleaned by the ``BoxRule``.
    case box(BoundingBox)
    /// MPII's: a centre in pixels and a size in units of 200 pixels, with room to spare.
    case body(center: Point, scale: Double)
  }

  /// How many people are not among ``people``, though nothing is wrong with them.
  package struct Excluded: Sendable, Hashable {
    /// Boxes around crowds.
    package var crowds = 0
    /// People without a labelled joint.
    package var unlabelled = 0
    /// Objects of other categories.
    package var otherCategories = 0
    /// The numbers of these categories.
    package var otherCategoryIDs: Set<Int> = []
    /// Boxes that score too little.
    package var lowScores = 0
  }

  init(name: String, skeleton: Skeleton, boxRule: BoxRule = .distance) {
    self.name = name
    self.skeleton = skeleton
    self.boxRule = boxRule
    pictures = []
    people = []
    keypoints = []
  }

  /// A person's joints; none where `person` is not of this dataset.
  public func keypoints(of person: Person) -> ArraySlice<LabelledKeypoint> {
    keypoints[person.keypoints.clamped(to: keypoints.indices)]
  }

  /// Where a person's crop is taken, before augmentation.
  ///
  /// - Parameter padding: how much larger the crop is than a box. MPII's places have their room already.
  package func crop(of person: Person, input: Size, padding: Double = 1.25) -> CropGeometry {
    switch person.place {
    case .box(let box):
      CropGeometry(box: box, input: input, padding: padding, rule: boxRule)
    case .body(let center, let scale): CropGeometry(center: center, scaleX: scale, scaleY: scale)
    }
  }
}

/// Where a person's box came from, as results say it.
public enum BoxSource: Sendable, Hashable, CustomStringConvertible {
  case groundTruth
  /// Boxes of a file.
  case file(String)
  /// A detector that ran here.
  case detector(String)
  /// Nobody: each picture is one person's.
  case wholePicture

  public var description: String {
    switch self {
    case .groundTruth: "ground truth boxes"
    case .file(let path): "boxes from \(path)"
    case .detector(let name): "boxes by \(name)"
    case .wholePicture: "whole pictures"
    }
  }
}
