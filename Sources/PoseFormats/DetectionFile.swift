import PoseCore

/// Boxes of people in JSON: COCO's results (`[{"image_id": 1, "bbox": [x, y, width, height], "score": 0.9}]`, or with
/// `file_name`), COCO's annotations (`{"images": [...], "annotations": [...]}`), or what `pose predict` writes.
public struct DetectionFile: Sendable {
  /// A box of a file, and the image that it belongs to.
  public struct Record: Sendable, Hashable {
    /// The image's id in the dataset, if the file gives one.
    public var imageID: Int?
    /// The image's file name, if the file gives one.
    public var fileName: String?
    public var detection: Detection

    /// Creates a record.
    public init(imageID: Int? = nil, fileName: String? = nil, _ detection: Detection) {
      (self.imageID, self.fileName, self.detection) = (imageID, fileName, detection)
    }
  }

  /// In the order of the file, without crowds and categories other than 1.
  public private(set) var records: [Record] = []
  /// How many boxes of other categories were left out, by category.
  public private(set) var otherCategories: [Int: Int] = [:]
  /// How many boxes around crowds were left out.
  public private(set) var crowds = 0

  /// What follows the last slash.
  package static func name(of path: String) -> Substring { path.split(separator: "/").last ?? path[...] }

  /// The number that a file's name is, as COCO's are, of 2014 (`COCO_val2014_000000000042.jpg`) and since; nil where it is
  /// none.
  package static func number(of path: String) -> Int? {
    let stem = name(of: path).prefix { $0 != "." }
    let digits = stem.hasPrefix("COCO_") ? stem.split(separator: "_").last ?? stem : stem
    return digits.allSatisfy { $0.isASCII && $0.isNumber } ? Int(digits) : nil
  }

  /// COCO's number of the category "person": boxes of other categories are left out.
  static let person = 1

  /// Reads a file.
  ///
  /// - Throws: ``FormatError``.
  public init(contentsOf path: String) throws(FormatError) {
    self = try FormatError.naming(path) { try DetectionFile(.opening(path)) }
  }

  /// Reads a file's bytes.
  ///
  /// - Throws: ``DetectionError``, also for a box that is not finite or whose size is negative.
  public init(json: [UInt8]) throws(DetectionError) { try self.init(JSONWindow(json)) }

  private init(_ window: consuming JSONWindow) throws(DetectionError) {
    var records = JSONRecords(window, bad: .refuse)
    var (names, entries): ([Int: String], [Entry]) = ([:], [])
    var problem: DetectionError?
    let found: Set<String>
    do throws(AnnotationError) {
      found = try records.forEach(in: [JSONRecords.wholeFile, "images", "annotations"]) {
        (list, reader) throws(JSONError) in
        if list == "images" {
          let image = try Image(reader)
          if let id = image.id, let name = image.fileName { names[id] = name }
          entries += image.poses
        } else {
          entries.append(try Entry(reader))
        }
      }
    } catch {
      throw .badJSON("\(error)")
    }
    guard found.contains(JSONRecords.wholeFile) || found.contains("annotations") || found.contains("images") else {
      throw .badJSON("it has no list of boxes")
    }
    for (index, entry) in entries.enumerated() where problem == nil {
      if let category = entry.category, category != Self.person {
        otherCategories[category, default: 0] += 1
      } else if entry.isCrowd {
        crowds += 1
      } else {
        do throws(DetectionError) { self.records.append(try entry.record(index, names)) } catch { problem = error }
      }
    }
    if let problem { throw problem }
  }
}

/// A box as it stands in a file.
private struct Entry {
  var imageID: Int?
  var fileName: String?
  var category: Int?
  var box: [Double] = []
  var score = 1.0
  var isCrowd = false

  init(_ reader: JSONReader) throws(JSONError) {
    var hasBox = false
    try reader.object { (reader, key) throws(JSONError) in
      switch key {
      case "image_id": imageID = try reader.optional { (reader) throws(JSONError) in try reader.integer() }
      case "file_name": fileName = try reader.optional { (reader) throws(JSONError) in try reader.string() }
      case "category_id": category = try reader.optional { (reader) throws(JSONError) in try reader.integer() }
      case "bbox":
        box = Array(try reader.doubles())
        hasBox = true
      case "score": score = try reader.optional { (reader) throws(JSONError) in try reader.double() } ?? 1
      case "iscrowd": isCrowd = try reader.optional { (reader) throws(JSONError) in try reader.bool() } ?? false
      default: break
      }
    }
    guard hasBox else { throw reader.error(.missing("bbox")) }
  }

  func record(_ index: Int, _ names: [Int: String]) throws(DetectionError) -> DetectionFile.Record {
    let fileName = fileName ?? imageID.flatMap { names[$0] }
    guard imageID != nil || fileName != nil else { throw .noImage(index: index) }
    // COCO's coordinates are exact in a Double; what is far beyond any image would overflow later.
    guard box.count == 4, box.allSatisfy({ abs($0) <= 1e9 }), box[2] >= 0, box[3] >= 0 else {
      throw .wrongBox(index: index, box)
    }
    guard score.isFinite else { throw .wrongScore(index: index, score) }
    let bounds = BoundingBox(x: box[0], y: box[1], width: box[2], height: box[3])
    return DetectionFile.Record(imageID: imageID, fileName: fileName, Detection(bounds, score: score))
  }
}

/// A picture that a file lists, with what `pose predict` found in it.
private struct Image {
  var id: Int?
  var fileName: String?
  var poses: [Entry] = []

  init(_ reader: JSONReader) throws(JSONError) {
    try reader.object { (reader, key) throws(JSONError) in
      switch key {
      case "id": id = try reader.integer()
      case "file_name", "file": fileName = try reader.string()
      case "poses": try reader.array { (reader) throws(JSONError) in poses.append(try Entry(reader)) }
      default: break
      }
    }
    guard fileName != nil else { throw reader.error(.missing("file_name")) }
    for index in poses.indices { poses[index].fileName = fileName }
  }
}

/// The reasons why a file of boxes is refused.
public enum DetectionError: UserError, Hashable {
  case badJSON(String)
  case noImage(index: Int)
  case wrongBox(index: Int, [Double])
  case wrongScore(index: Int, Double)
  /// A box that may be of one picture or of another.
  case ambiguous(name: String, first: String, second: String)
}

extension DetectionError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .badJSON(let reason):
      "this is not a list of boxes ([{\"image_id\": 1, \"bbox\": [x, y, width, height], \"score\": 1}]): \(reason)"
    case .noImage(let index): "box \(index) belongs to no image: give it an image_id or a file_name"
    case .wrongBox(let index, let box):
      "box \(index) is \(box), but must be x, y, width and height in pixels, finite and of no negative size"
    case .wrongScore(let index, let score): "box \(index) has score \(score), which is no finite number"
    case .ambiguous(let name, let first, let second):
      "boxes of \(name) may belong to '\(first)' or to '\(second)': give them a file_name with the folder"
    }
  }
}
