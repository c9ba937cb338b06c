import Foundation
import PoseCore
import PoseImage
import PoseMetrics
import TestSupport

/// Annotations and results in COCO's files, as far as the tests need them.
struct AnnotationSample: Decodable {
  struct Image: Decodable {
    var id: Int
    var crowdIndex: Double?
  }

  struct Person: Decodable {
    var imageID: Int
    var categoryID: Int?
    var keypoints: [Double]
    var bbox: [Double]
    var area: Double?
    var labelledKeypoints: Int?
    var isCrowd: Int?

    enum CodingKeys: String, CodingKey {
      case imageID = "image_id"
      case categoryID = "category_id"
      case labelledKeypoints = "num_keypoints"
      case isCrowd = "iscrowd"
      case keypoints, bbox, area
    }
  }

  struct Result: Decodable {
    var imageID: Int
    var categoryID: Int?
    var keypoints: [Double]
    var score: Double
    var bbox: [Double]?

    enum CodingKeys: String, CodingKey {
      case imageID = "image_id"
      case categoryID = "category_id"
      case keypoints, score, bbox
    }
  }

  var images: [Image]
  var annotations: [Person]

  /// What two files of the shared data compare.
  static func images(_ annotations: String, _ results: String) throws -> [EvaluatedImage] {
    try images(annotations, JSONDecoder().decode([Result].self, from: GoldenFile.data(results)))
  }

  static func images(_ annotations: String, _ results: [Result]) throws -> [EvaluatedImage] {
    try JSONDecoder().decode(Self.self, from: GoldenFile.data(annotations)).images(results)
  }

  func images(_ results: [Result]) -> [EvaluatedImage] {
    let people = Dictionary(grouping: annotations, by: \.imageID)
    let found = Dictionary(grouping: results, by: \.imageID)
    return images.map { image in
      EvaluatedImage(
        id: image.id, people: (people[image.id] ?? []).map(\.pose), results: (found[image.id] ?? []).map(\.pose),
        crowdIndex: image.crowdIndex)
    }
  }
}

extension AnnotationSample.Person {
  var pose: AnnotatedPose {
    AnnotatedPose(
      keypoints: keypoints, boundingBox: BoundingBox(x: bbox[0], y: bbox[1], width: bbox[2], height: bbox[3]),
      area: area, isCrowd: isCrowd == 1, labelledKeypoints: labelledKeypoints)
  }
}

extension AnnotationSample.Result {
  var pose: ScoredPose { ScoredPose(keypoints: keypoints, score: score, area: bbox.map { $0[2] * $0[3] }) }
}
