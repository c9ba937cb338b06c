import Foundation
import PoseCore
import TestSupport

/// Values of the published data pipelines: every dataset's first pictures under six augmentations and two warps.
enum PipelineGolden {
  struct Dataset: Decodable {
    var imageSize: [Int]
    var flipPairs: [[Int]]
    var sigmas: [Double]
    var skeleton: [[Int]]
    var upperBody: [Int]
    var lowerBody: [Int]
    var jointWeights: [[Float]]
    var instances: [Instance]

    enum CodingKeys: String, CodingKey {
      case imageSize = "image_size"
      case flipPairs = "flip_pairs"
      case upperBody = "upper_body_ids"
      case lowerBody = "lower_body_ids"
      case jointWeights = "joint_weights"
      case sigmas, skeleton, instances
    }
  }

  struct Instance: Decodable {
    var index: Int
    var imageFile: String
    var bbox: [Double]?
    var augmentations: [String: Augmentation]

    enum CodingKeys: String, CodingKey {
      case index, bbox
      case imageFile = "image_file"
      case augmentations = "augs"
    }
  }

  struct Augmentation: Decodable {
    var center: [Double]
    var scale: [Double]
    var rotation: Double
    var matrix: [[Double]]

    enum CodingKeys: String, CodingKey {
      case center, scale, rotation
      case matrix = "trans"
    }

    var crop: CropGeometry {
      CropGeometry(
        center: Point(x: center[0], y: center[1]), scaleX: scale[0], scaleY: scale[1], rotation: rotation)
    }
  }

  static let names = ["coco", "mpii", "crowdpose", "ochuman", "aic", "jhmdb", "posetrack18"]

  static func datasets() throws -> [String: Dataset] {
    let url = try SharedData.url("golden/pipeline/pipeline.json")
    return try JSONDecoder().decode([String: Dataset].self, from: Data(contentsOf: url))
  }

  /// Where this machine has a picture that the goldens name.
  static func picture(_ file: String) throws -> String {
    try SharedData.url("data/samples/" + file.replacingOccurrences(of: "tests/data/", with: "")).path
  }
}
