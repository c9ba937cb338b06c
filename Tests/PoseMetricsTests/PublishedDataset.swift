import Foundation
import PoseCodecs
import PoseCore
import PoseMetrics
import TestSupport

/// The few annotated people of the published code's tests, as far as the shared data has them.
struct PublishedDataset: Decodable {
  struct Instance: Decodable {
    var imageFile: String
    var bbox: [Double]?
    var joints: [[Double]]
    var visible: [[Double]]

    enum CodingKeys: String, CodingKey {
      case imageFile = "image_file"
      case joints = "joints_3d"
      case visible = "joints_3d_visible"
      case bbox
    }

    var keypoints: [Double] { zip(joints, visible).flatMap { [$0[0], $0[1], $1[0]] } }
    var box: BoundingBox {
      let box = bbox ?? [0, 0, 0, 0]
      return BoundingBox(x: box[0], y: box[1], width: box[2], height: box[3])
    }
  }

  var instances: [Instance]

  static func named(_ name: String) throws -> PublishedDataset {
    let data = try GoldenFile.data("golden/pipeline/pipeline.json")
    return try JSONDecoder().decode([String: PublishedDataset].self, from: data)[name]
      ?? PublishedDataset(instances: [])
  }

  /// The images by file, with nothing found in them.
  static func images(_ name: String) throws -> [String: EvaluatedImage] {
    if name == "coco" {
      let images = try AnnotationSample.images("eval/xt_example_coco_val.json", [])
      return Dictionary(uniqueKeysWithValues: images.map { (String(format: "tests/data/coco/%012d.jpg", $0.id), $0) })
    }
    var images: [String: EvaluatedImage] = [:]
    for instance in try named(name).instances {
      // CrowdPose's numbers are in the file names; the other datasets count in order.
      let number = Int(instance.imageFile.split(separator: "/").last?.dropLast(4) ?? "")
      let id = name == "crowdpose" ? number ?? 0 : images.count + 1
      var image = images[instance.imageFile] ?? EvaluatedImage(id: id, people: [], results: [], crowdIndex: 0.33)
      image.people.append(
        AnnotatedPose(keypoints: instance.keypoints, boundingBox: instance.box, area: instance.box.area))
      images[instance.imageFile] = image
    }
    // Whom the goldens' list of people leaves out, and a box that it cuts off at the picture's edge.
    images["tests/data/crowdpose/106848.jpg"]?.people.insert(
      AnnotatedPose(
        keypoints: Array(repeating: 0, count: 42),
        boundingBox: BoundingBox(x: 108.5, y: 96.78, width: 35.46, height: 30.23)), at: 1)
    images["tests/data/ochuman/003896.jpg"]?.people[0].area = 517_461
    return images
  }
}

/// What a published network's test procedure made of a dataset.
struct PublishedOutputs: Decodable {
  struct Batch: Decodable {
    var preds: [[[Double]]]
    var boxes: [[Double]]
    var images: [String]
    var boxIDs: [Int]

    enum CodingKeys: String, CodingKey {
      case images = "image_paths"
      case boxIDs = "bbox_ids"
      case preds, boxes
    }
  }

  var batches: [Batch]

  /// Pictures in the order of their first pose, each with its poses as scored and suppressed.
  func results(sigmas: [Double], softly: Bool) -> [(image: String, results: [ScoredPose])] {
    var candidates: [(image: String, box: Int, candidate: NMSCandidate)] = []
    for batch in batches {
      for (index, image) in batch.images.enumerated() {
        let keypoints = batch.preds[index].map { Keypoint(x: $0[0], y: $0[1], score: $0[2]) }
        let clear = keypoints.map(\.score).filter { $0 > 0.2 }
        let mean = clear.isEmpty ? 0 : clear.reduce(0, +) / Double(clear.count)
        let candidate = NMSCandidate(
          keypoints: keypoints, score: batch.boxes[index][5] * mean, area: batch.boxes[index][4])
        if candidates.contains(where: { $0.image == image && $0.box == batch.boxIDs[index] }) { continue }
        candidates.append((image, batch.boxIDs[index], candidate))
      }
    }
    var images: [String] = []
    for candidate in candidates where !images.contains(candidate.image) { images.append(candidate.image) }
    return images.map { image in
      let here = candidates.filter { $0.image == image }.sorted { $0.box < $1.box }.map(\.candidate)
      let kept =
        softly
        ? softOKSNMS(here, threshold: 0.9, sigmas: sigmas) : oksNMS(here, threshold: 0.9, sigmas: sigmas)
      let results = kept.map { index in
        ScoredPose(
          keypoints: here[index].keypoints.flatMap { [$0.position.x, $0.position.y, $0.score] },
          score: here[index].score)
      }
      return (image, results)
    }
  }
}
