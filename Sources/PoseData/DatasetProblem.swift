import PoseCore
import PoseFormats

/// Why part of a dataset cannot be used.
public enum DatasetProblem: UserError, Sendable, Hashable {
  /// An entry of the file is not what it should be.
  case record(SkippedRecords.Record)
  case duplicatePicture(id: Int)
  case duplicateAnnotation(id: Int)
  case noFileName(picture: Int)
  case noSize(picture: Int)
  case unknownPicture(id: Int, annotation: Int?)
  case noBox(annotation: Int)
  case emptyBox(annotation: Int, BoundingBox)
  /// A detector's box of a picture of which nothing is in it.
  case boxOutside(path: String, BoundingBox)
  case noArea(annotation: Int)
  case keypointCount(annotation: Int, Int, expected: Int)
  /// A result, counted from 0, without a joint that a picture can have.
  case noPose(result: Int)
  /// The picture's file is missing or cannot be decoded.
  case unreadablePicture(path: String, reason: String)
}

extension DatasetProblem: CustomStringConvertible {
  public var description: String {
    switch self {
    case .record(let record): "\(record)"
    case .duplicatePicture(let id): "image \(id) is there twice: the first is used"
    case .duplicateAnnotation(let id): "annotation \(id) is there twice: the first is used"
    case .noFileName(let id): "image \(id) has no file name"
    case .noSize(let id): "image \(id) has no width and height, so boxes cannot be brought inside it"
    case .unknownPicture(let id, let annotation):
      "\(annotation.map { "annotation \($0)" } ?? "a box") is in image \(id), which the annotations do not have"
    case .noBox(let id): "annotation \(id) has no box"
    case .emptyBox(let id, let box):
      "annotation \(id): nothing of its box [\(box.x), \(box.y), \(box.width), \(box.height)] is in the picture"
    case .boxOutside(let path, let box):
      "\(path): nothing of the box [\(box.x), \(box.y), \(box.width), \(box.height)] is in the picture"
    case .noArea(let id): "annotation \(id) has an area of 0"
    case .keypointCount(let id, let count, let expected):
      "annotation \(id) has \(count) keypoints, but the skeleton has \(expected)"
    case .noPose(let index): "result \(index) has no joint at a place that a picture can have"
    case .unreadablePicture(let path, let reason): "\(path): \(reason)"
    }
  }
}

/// What could not be used: all of it counted, the first of it named.
public struct DatasetProblems: Sendable, Hashable {
  public private(set) var count = 0
  /// The first, at most ``maximumNamed``.
  public private(set) var first: [DatasetProblem] = []
  /// How many are named: what is wrong throughout says the same over and over.
  public static let maximumNamed = 100

  public init() {}

  /// Counts a problem, or throws it where bad entries refuse the whole.
  public mutating func append(_ problem: DatasetProblem, _ policy: BadRecords) throws(DatasetProblem) {
    guard policy == .skip else { throw problem }
    count += 1
    if first.count < Self.maximumNamed { first.append(problem) }
  }

  mutating func append(_ skipped: SkippedRecords) {
    count += skipped.count
    first += skipped.first.prefix(max(0, Self.maximumNamed - first.count)).map(DatasetProblem.record)
  }

  /// Counts another dataset's problems, too.
  public mutating func append(_ other: DatasetProblems) {
    count += other.count
    first += other.first.prefix(max(0, Self.maximumNamed - first.count))
  }
}
