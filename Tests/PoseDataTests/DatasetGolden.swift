import Foundation
import PoseData
import TestSupport
import Testing

/// What the published code makes of the sample datasets.
struct DatasetGolden: Decodable {
  struct Instance: Decodable {
    var imageFile: String
    var bbox: [Double]?
    var joints: [[Float]]?
    var visible: [[Float]]?
    var augmentations: [String: Crop]?
    var center: [Double]?
    var scale: [Double]?
    var score: Double?

    enum CodingKeys: String, CodingKey {
      case imageFile = "image_file"
      case joints = "joints_3d"
      case visible = "joints_3d_visible"
      case augmentations = "augs"
      case bbox, center, scale, score
    }
  }

  struct Crop: Decodable {
    var center: [Double]
    var scale: [Double]
  }

  var imageSize: [Int]
  var instances: [Instance]
  var detections: [Instance]?

  enum CodingKeys: String, CodingKey {
    case imageSize = "image_size"
    case instances, detections
  }

  /// By name, as MMPose 0.29 or 0.13 has them.
  static func all(_ file: String = "pipeline.json") throws -> [String: DatasetGolden] {
    try JSONDecoder().decode(
      [String: DatasetGolden].self, from: GoldenFile.data("golden/pipeline/" + file))
  }
}

/// The sample datasets that ship with the goldens.
struct SampleDataset: Sendable, CustomTestStringConvertible {
  var kind: DatasetKind
  var annotations: String
  var detections: String?

  var testDescription: String { kind.name }

  func path(of file: String) throws -> String { try GoldenFile.url("data/samples/\(kind.name)/\(file)").path }

  func dataset(_ options: DatasetOptions = DatasetOptions(bad: .refuse)) throws -> Dataset {
    // Pictures are named, not read.
    try Dataset(kind, annotations: path(of: annotations), pictures: "data/samples/\(kind.name)", options: options)
  }

  static let all = [
    SampleDataset(kind: .coco, annotations: "test_coco.json", detections: "test_coco_det_AP_H_56.json"),
    SampleDataset(kind: .mpii, annotations: "test_mpii.json"),
    SampleDataset(
      kind: .crowdPose, annotations: "test_crowdpose.json", detections: "test_crowdpose_det_AP_40.json"),
    SampleDataset(kind: .ochuman, annotations: "test_ochuman.json"),
    SampleDataset(kind: .aic, annotations: "test_aic.json"),
    SampleDataset(kind: .jhmdb, annotations: "test_jhmdb_sub1.json"),
    SampleDataset(
      kind: .poseTrack18, annotations: "annotations/test_posetrack18_val.json",
      detections: "annotations/test_posetrack18_human_detections.json"),
  ]
}
