import PoseCore

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// Boxes of people in COCO's JSON, either as results (`[{"image_id": 1, "bbox": [x, y, width, height], "score": 0.9}]`,
/// or with `file_name`) or as annotations (`{"images": [...], "annotations": [...]}`).
public enum DetectionFile {
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

    /// Whether the box belongs to a picture. Their file names are compared. If the box has no file name, its image's id
    /// is compared with the picture's file name as a number.
    ///
    /// - Parameter path: the path of the picture's file.
    public func isOf(_ path: String) -> Bool {
      if let fileName { return DetectionFile.name(of: fileName) == DetectionFile.name(of: path) }
      return imageID != nil && imageID == DetectionFile.number(of: path)
    }
  }

  /// The part after the last slash.
  package static func name(of path: String) -> Substring { path.split(separator: "/").last ?? path[...] }

  /// The file's name as a number, as in COCO, or nil if it is not a number.
  package static func number(of path: String) -> Int? { Int(name(of: path).prefix { $0 != "." }) }

  /// COCO's id of the category "person". Boxes of other categories are left out.
  private static let person = 1

  /// Reads a file.
  ///
  /// - Throws: ``FormatError``.
  public static func read(_ path: String) throws(FormatError) -> [Record] {
    try FormatError.naming(path) { try detections(in: FileBytes.read(path)) }
  }

  /// Reads a file's bytes and keeps their order. Crowd annotations and categories other than 1 are left out.
  ///
  /// - Throws: ``DetectionError``, also for a box that is not finite or whose size is negative.
  public static func detections(in json: [UInt8]) throws(DetectionError) -> [Record] {
    let content: Content
    do {
      content = try JSONDecoder().decode(Content.self, from: Data(json))
    } catch let error as DecodingError {
      throw .badJSON(error.place)
    } catch {
      throw .badJSON("\(error)")
    }
    let names = Dictionary(content.images.map { ($0.id, $0.fileName) }, uniquingKeysWith: { first, _ in first })
    var detections: [Record] = []
    for (index, record) in content.records.enumerated() {
      guard record.category ?? person == person, record.crowd ?? 0 == 0 else { continue }
      let fileName = record.fileName ?? record.imageID.flatMap { names[$0] }
      guard record.imageID != nil || fileName != nil else { throw .noImage(index: index) }
      guard record.box.count == 4 else { throw .wrongBox(index: index, record.box) }
      let box = BoundingBox(x: record.box[0], y: record.box[1], width: record.box[2], height: record.box[3])
      // A Double holds COCO's coordinates exactly. Coordinates far beyond any image would overflow later.
      guard record.box.allSatisfy({ abs($0) <= 1e9 }), box.width >= 0, box.height >= 0 else {
        throw .wrongBox(index: index, record.box)
      }
      let score = record.score ?? 1
      guard score.isFinite else { throw .wrongScore(index: index, score) }
      detections.append(
        Record(imageID: record.imageID, fileName: fileName, Detection(box, score: score)))
    }
    return detections
  }

  /// The contents of a file in either form.
  private struct Content: Decodable {
    struct Image: Decodable {
      let id: Int
      let fileName: String

      enum CodingKeys: String, CodingKey {
        case id
        case fileName = "file_name"
      }
    }

    struct Entry: Decodable {
      let imageID: Int?
      let fileName: String?
      let category: Int?
      let box: [Double]
      let score: Double?
      let crowd: Int?

      enum CodingKeys: String, CodingKey {
        case imageID = "image_id"
        case fileName = "file_name"
        case category = "category_id"
        case box = "bbox"
        case score
        case crowd = "iscrowd"
      }
    }

    enum Key: CodingKey { case images, annotations }

    let images: [Image]
    let records: [Entry]

    init(from decoder: any Decoder) throws {
      if let container = try? decoder.container(keyedBy: Key.self) {
        images = try container.decodeIfPresent([Image].self, forKey: .images) ?? []
        records = try container.decode([Entry].self, forKey: .annotations)
      } else {
        images = []
        records = try decoder.singleValueContainer().decode([Entry].self)
      }
    }
  }
}

/// The reasons why a file of boxes is refused.
public enum DetectionError: UserError, Hashable {
  case badJSON(String)
  case noImage(index: Int)
  case wrongBox(index: Int, [Double])
  case wrongScore(index: Int, Double)
}

extension DetectionError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .badJSON(let reason):
      "this is not a list of boxes ([{\"image_id\": 1, \"bbox\": [x, y, width, height], \"score\": 1}]): \(reason)"
    case .noImage(let index): "box \(index) belongs to no image: give it an image_id or a file_name"
    case .wrongBox(let index, let box):
      "box \(index) is \(box), but must be x, y, width and height in pixels, finite and without a negative size"
    case .wrongScore(let index, let score): "box \(index) has score \(score), which is not a finite number"
    }
  }
}
