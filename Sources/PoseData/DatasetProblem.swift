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
  /// A detector's box, counted from 0, that is missing or has no size.
  case boxWithoutSize(Int, BoundingBox?)
  /// A box or a pose of a file that is none of the pictures.
  case unknownFile(name: String)
  /// A box or a pose that may be of one picture or of another.
  case ambiguous(reason: String)
  /// A detector's box of a picture of which nothing is in it.
  case boxOutside(path: String, BoundingBox)
  case noArea(annotation: Int)
  case keypointCount(annotation: Int, Int, expected: Int)
  /// A result, counted from 0, of another skeleton.
  case resultKeypoints(result: Int, Int, expected: Int)
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
    case .boxWithoutSize(let index, nil): "box \(index) has no bbox"
    case .boxWithoutSize(let index, let box?):
      "box \(index), [\(box.x), \(box.y), \(box.width), \(box.height)], has no size"
    case .unknownFile(let name): "no picture is called '\(name)'"
    case .ambiguous(let reason): reason
    case .boxOutside(let path, let box):
      "\(path): nothing of the box [\(box.x), \(box.y), \(box.width), \(box.height)] is in the picture"
    case .noArea(let id): "annotation \(id) has an area of 0"
    case .keypointCount(let id, let count, let expected):
      "annotation \(id) has \(count) keypoints, but the skeleton has \(expected)"
    case .resultKeypoints(let index, let count, let expected):
      "result \(index) has \(count) keypoints, but the skeleton has \(expected)"
    case .noPose(let index): "result \(index) has no joint at a place that a picture can have"
    case .unreadablePicture(let path, let reason): "\(path): \(reason)"
    }
  }
}

extension DatasetProblem {
  /// What it is one of, in the plural.
  var kind: String {
    switch self {
    case .record: "entries that cannot be read"
    case .duplicatePicture, .duplicateAnnotation: "repeated ids"
    case .noFileName, .noSize: "images without a file name or size"
    case .unknownPicture, .unknownFile, .ambiguous: "people of unknown images"
    case .noBox, .boxWithoutSize: "people without a box"
    case .emptyBox, .boxOutside: "boxes outside their picture"
    case .noArea: "people without an area"
    case .keypointCount, .resultKeypoints: "people with another number of joints"
    case .noPose: "poses without a joint"
    case .unreadablePicture: "unreadable pictures"
    }
  }
}

/// What could not be used: all of it counted, the first of it named.
public struct DatasetProblems: Sendable, Hashable {
  public private(set) var count = 0
  /// How many of each kind, by what they are called.
  private var counts: [String: Int] = [:]
  /// The first, at most ``maximumNamed``.
  public private(set) var first: [DatasetProblem] = []
  /// How many are named: what is wrong throughout says the same over and over.
  public static let maximumNamed = 100

  public init() {}

  /// Counts a problem, or throws it where bad entries refuse the whole.
  public mutating func append(_ problem: DatasetProblem, _ policy: BadRecords) throws(DatasetProblem) {
    guard policy == .skip else { throw problem }
    count += 1
    counts[problem.kind, default: 0] += 1
    if first.count < Self.maximumNamed { first.append(problem) }
  }

  mutating func append(_ skipped: SkippedRecords) {
    count += skipped.count
    if let record = skipped.first.first { counts[DatasetProblem.record(record).kind, default: 0] += skipped.count }
    first += skipped.first.prefix(max(0, Self.maximumNamed - first.count)).map(DatasetProblem.record)
  }

  /// How many of each kind, most first: `people without a box (3), repeated ids (1)`.
  public var summary: String {
    counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map { "\($0.key) (\($0.value))" }.joined(separator: ", ")
  }

  /// Counts another dataset's problems, too.
  public mutating func append(_ other: DatasetProblems) {
    count += other.count
    counts.merge(other.counts, uniquingKeysWith: +)
    first += other.first.prefix(max(0, Self.maximumNamed - first.count))
  }
}
