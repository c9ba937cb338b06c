import PoseCore

/// The reasons why a file of annotations or results is refused.
public enum AnnotationError: UserError, Hashable {
  case file(FileError)
  /// The text is not JSON of the right form.
  case json(JSONError)
  /// The file has no list with this name.
  case noList(String)
  /// Annotations where results are needed.
  case annotationsAsResults
  /// A list of images where their annotations are needed.
  case imagesAlone
  /// An object that lists pictures, and nothing that was found in them.
  case picturesAlone
  /// An entry cannot be used, and bad entries refuse the file.
  case record(SkippedRecords.Record)
}

extension AnnotationError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .file(let error): "\(error)"
    case .json(let error): "\(error)"
    case .noList(""): "this must be a list: [{\"image_id\": 1, ...}, ...]"
    case .noList(let name): "this has no list '\(name)': is it a file of another kind?"
    case .annotationsAsResults:
      """
      this is an annotation file, an object with a list 'annotations', not results, which are a list: \
      [{"image_id": 1, "category_id": 1, "keypoints": [x, y, score, ...], "score": 0.9}, ...], with "bbox": [x, y, \
      width, height] for boxes. `pose test` and `pose predict --coco FILE` write results
      """
    case .imagesAlone:
      """
      this lists images without annotations, as the files of COCO's test sets do. `pose test` writes results for such \
      images from a detector's boxes with --format-only
      """
    case .picturesAlone:
      "this lists pictures alone: it has no list 'annotations', and no picture of it has 'poses'"
    case .record(let record): "\(record). Correct this entry"
    }
  }
}

/// The handling of entries of a file that cannot be used.
public enum BadRecords: String, Sendable, Hashable, CaseIterable {
  /// The whole file is refused.
  case refuse
  /// The entry is left out, counted and named.
  case skip
}

/// The entries that were left out.
public struct SkippedRecords: Sendable, Hashable {
  /// One entry, and the reason why it was left out.
  public struct Record: Sendable, Hashable, CustomStringConvertible {
    /// The list's name, such as `annotations`. It is empty if the list is the whole file.
    public var list: String
    /// The index in the list, from 0.
    public var index: Int
    public var reason: JSONError

    public var description: String { "\(list.isEmpty ? "entry" : list) \(index): \(reason)" }
  }

  /// The number of entries that were left out.
  public private(set) var count = 0
  /// The first entries that were left out, at most ``maximumNamed``.
  public private(set) var first: [Record] = []
  /// The number of entries that are kept with their reasons. The errors of a large file that is wrong throughout repeat
  /// each other.
  package static let maximumNamed = 100

  /// Creates an empty collection.
  public init() {}

  /// Adds an entry that cannot be used, or throws an error if bad entries are refused.
  mutating func append(_ record: Record, _ policy: BadRecords) throws(AnnotationError) {
    guard policy == .skip else { throw .record(record) }
    count += 1
    if first.count < Self.maximumNamed { first.append(record) }
  }

  mutating func append(contentsOf others: SkippedRecords) {
    count += others.count
    first += others.first.prefix(Self.maximumNamed - first.count)
  }
}
