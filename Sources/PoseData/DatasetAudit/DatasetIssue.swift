/// What an audit found wrong with a dataset, and what it would do to a run.
public struct DatasetIssue: Sendable, Hashable, Encodable {
  public var kind: Kind
  /// How often.
  public var count: Int
  /// The first of them, at most ``maximumExamples``.
  public var examples: [String]
  /// What it would do to training or to AP.
  public var effect: String
  /// Whether the issue would spoil a run. Other issues are good to know.
  public var isError: Bool

  /// How many examples are kept.
  public static let maximumExamples = 5

  public enum Kind: String, Sendable, Hashable, Encodable, CaseIterable {
    /// An entry is not what it should be.
    case unusableEntry = "unusable entry"
    case duplicateImageID = "duplicate image id"
    case repeatedImage = "image that is listed more than once"
    case duplicateAnnotationID = "duplicate annotation id"
    case annotationIDZero = "annotation id 0"
    case unknownImage = "annotation of an unknown image"
    case noFileName = "image without a file name"
    case noImageSize = "image without a size"
    case missingPicture = "missing picture"
    case unreadablePicture = "unreadable picture"
    case unneededPicture = "missing or unreadable picture without a labelled person"
    case wrongPictureSize = "picture of another size"
    case noBox = "person without a box"
    case emptyBox = "empty box"
    case boxOutside = "box beyond the picture"
    case keypointOutside = "keypoint outside the picture"
    case wrongKeypointCount = "wrong number of keypoints"
    case contradictoryLabelCount = "num_keypoints that contradicts the keypoints"
    case otherLabelCount = "num_keypoints of another count"
    case wrongVisibility = "wrong visibility"
    case noArea = "person without an area"
    case zeroArea = "zero area"
    case smallArea = "area far smaller than the box"
    case constantArea = "same area for all"
    case noPeople = "nothing to score"
    case noCategory = "category that is not listed"
    case otherCategory = "category other than 1"
    case otherJoints = "other joints than the skeleton's"
    case flipPairs = "flip pairs that do not pair"
    case sigmas = "sigmas that do not fit"
    case unknownBoxImage = "detector box of an unknown image"
    case noDetectedBoxes = "no usable detector box"
  }
}

extension DatasetIssue.Kind {
  /// What it would do, and whether that spoils a run.
  var consequence: (effect: String, isError: Bool) {
    switch self {
    case .unusableEntry: ("it is skipped, so its person is neither trained on nor scored", true)
    case .duplicateImageID:
      ("COCO's tools see the later image alone, with the people of both: they train wrong, AP falls", true)
    case .duplicateAnnotationID: ("COCO's tools keep the last of them and count it twice: AP is wrong", true)
    case .annotationIDZero:
      ("COCO's evaluation takes the id 0 for 'not matched', so this person always counts as missed: AP falls", true)
    case .repeatedImage: ("the entries are the same, so nothing changes", false)
    case .unknownImage: ("the person is neither trained on nor scored", true)
    case .noFileName: ("the picture and its people are skipped", true)
    case .noImageSize: ("boxes cannot be brought inside the picture: it and its people are skipped", true)
    case .missingPicture, .unreadablePicture:
      ("its people are skipped in training and have no result in a test: AP falls by their share", true)
    case .unneededPicture: ("nobody is trained on or scored in it, so neither changes", false)
    case .wrongPictureSize:
      ("boxes and keypoints are probably of another version of the picture: their people train wrong, AP falls", true)
    case .noBox: ("the person is skipped where boxes are the ground truth's, and still scored: AP falls", true)
    case .emptyBox: ("the person is skipped where boxes are the ground truth's, and still scored: AP falls", true)
    case .boxOutside: ("the box is cut to the picture", false)
    case .keypointOutside: ("no heatmap reaches it, but it is scored: AP falls a little", false)
    case .wrongKeypointCount: ("the person is skipped; COCO's evaluation stops here", true)
    case .contradictoryLabelCount:
      (
        "COCO's tools trust the number: with 0 the person is ignored, otherwise scored although nothing is labelled: "
          + "AP is wrong, and -1 where all are 0", true
      )
    case .otherLabelCount: ("some datasets leave joints out of the number; only 0 changes AP", false)
    case .wrongVisibility: ("only 0 (not labelled), 1 (hidden) and 2 (visible) mean something", true)
    case .noArea: ("keypoint similarity has no scale: COCO's evaluation stops, or AP is 0", true)
    case .zeroArea:
      ("keypoint similarity is 0 wherever the keypoints are, so nothing ever matches: with all of them AP is 0", true)
    case .smallArea, .constantArea:
      (
        "keypoint similarity divides by the area, so that AP says nothing, and is 0 where areas are too small: give the "
          + "areas of the people's segments, or score with --no-use-area, which takes .53 of the box", true
      )
    case .noPeople: ("there is no person to score: AP is -1", true)
    case .noCategory:
      ("COCO's evaluation goes through the listed categories alone: without these people AP falls, or is -1", true)
    case .otherCategory:
      ("`pose test` writes results of this category; tools that write category 1 match nobody: AP is 0, or -1", false)
    case .otherJoints: ("joints are trained and scored as other joints: AP falls to nearly 0", true)
    case .flipPairs: ("mirrored pictures teach left for right, and flip tests mix up joints: AP falls", true)
    case .sigmas: ("keypoint similarity is another than the published: AP cannot be compared", true)
    case .unknownBoxImage: ("the box is skipped; COCO's tools refuse results of unknown images", true)
    case .noDetectedBoxes: ("nothing is estimated: AP is 0", true)
    }
  }
}

/// IssueList by kind, in the order of their kinds.
struct IssueList {
  private var counts: [DatasetIssue.Kind: Int] = [:]
  private var examples: [DatasetIssue.Kind: [String]] = [:]

  mutating func append(_ kind: DatasetIssue.Kind, _ example: @autoclosure () -> String) {
    counts[kind, default: 0] += 1
    if examples[kind, default: []].count < DatasetIssue.maximumExamples {
      examples[kind, default: []].append(example())
    }
  }

  mutating func append(_ kind: DatasetIssue.Kind, count: Int, _ examples: [String]) {
    guard count > 0 else { return }
    counts[kind, default: 0] += count
    self.examples[kind, default: []] += examples.prefix(DatasetIssue.maximumExamples)
  }

  func count(_ kind: DatasetIssue.Kind) -> Int { counts[kind] ?? 0 }

  var list: [DatasetIssue] {
    DatasetIssue.Kind.allCases.compactMap { kind in
      guard let count = counts[kind] else { return nil }
      let (effect, isError) = kind.consequence
      return DatasetIssue(kind: kind, count: count, examples: examples[kind] ?? [], effect: effect, isError: isError)
    }
  }
}
