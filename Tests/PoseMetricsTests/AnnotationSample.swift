import Foundation
import PoseCore
import PoseMetrics
import TestSupport

/// Annotations and results in COCO's files, as far as the tests need them.
struct AnnotationSample: Decodable {
  struct Image: Decodable {
    var id: Int
    var crowdIndex: Double?
  }

  struct Person: Decodable {
    var image_id: Int
    var category_id: Int?
    var keypoints: [Double]
    var bbox: [Double]
    var area: Double?
    var num_keypoints: Int?
    var iscrowd: Int?
  }

  struct Result: Decodable {
    var image_id: Int
    var category_id: Int?
    var keypoints: [Double]
    var score: Double
    var bbox: [Double]?
  }

  var images: [Image]
  var annotations: [Person]

  /// What two files of the shared data compare.
  static func images(_ annotations: String, _ results: String) throws -> [EvaluatedImage] {
    try images(annotations, JSONDecoder().decode([Result].self, from: Data(contentsOf: SharedData.url(results))))
  }

  static func images(_ annotations: String, _ results: [Result]) throws -> [EvaluatedImage] {
    try JSONDecoder().decode(Self.self, from: Data(contentsOf: SharedData.url(annotations))).images(results)
  }

  func images(_ results: [Result]) -> [EvaluatedImage] {
    let people = Dictionary(grouping: annotations, by: \.image_id)
    let found = Dictionary(grouping: results, by: \.image_id)
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
      area: area, isCrowd: iscrowd == 1, labelledKeypoints: num_keypoints)
  }
}

extension AnnotationSample.Result {
  var pose: ScoredPose { ScoredPose(keypoints: keypoints, score: score, area: bbox.map { $0[2] * $0[3] }) }
}
