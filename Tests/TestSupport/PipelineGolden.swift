import Foundation
import PoseCore
import PoseImage
import Testing

/// Values of the published data pipelines: every dataset's first pictures under six augmentations and two warps.
package enum PipelineGolden {
  package struct Dataset: Decodable {
    package var imageSize: [Int]
    package var flipPairs: [[Int]]
    package var sigmas: [Double]
    package var skeleton: [[Int]]
    package var heatmapSize: [Int]
    package var upperBody: [Int]
    package var lowerBody: [Int]
    package var jointWeights: [[Float]]
    package var instances: [Instance]

    enum CodingKeys: String, CodingKey {
      case imageSize = "image_size"
      case flipPairs = "flip_pairs"
      case heatmapSize = "heatmap_size"
      case upperBody = "upper_body_ids"
      case lowerBody = "lower_body_ids"
      case jointWeights = "joint_weights"
      case sigmas, skeleton, instances
    }
  }

  package struct Instance: Decodable {
    package var index: Int
    package var imageFile: String
    package var bbox: [Double]?
    /// x, y and nothing.
    package var joints: [[Double]]
    package var visible: [[Double]]
    package var augmentations: [String: Augmentation]

    enum CodingKeys: String, CodingKey {
      case index, bbox
      case imageFile = "image_file"
      case joints = "joints_3d"
      case visible = "joints_3d_visible"
      case augmentations = "augs"
    }
  }

  package struct Augmentation: Decodable {
    package var center: [Double]
    package var scale: [Double]
    package var rotation: Double
    package var matrix: [[Double]]
    package var isHalfBody: Bool
    /// The SHA-256 of the crop's RGB bytes.
    package var cropDigest: String
    package var joints: [[Double]]
    package var visible: [[Double]]
    package var targets: [String: Target]

    enum CodingKeys: String, CodingKey {
      case center, scale, rotation
      case matrix = "trans"
      case isHalfBody = "half_body_applied"
      case cropDigest = "crop_sha"
      case joints = "joints_3d"
      case visible = "joints_3d_visible"
      case targets
    }

    package var crop: CropGeometry {
      CropGeometry(
        center: Point(x: center[0], y: center[1]), scaleX: scale[0], scaleY: scale[1], rotation: rotation)
    }
  }

  /// Weights of joints, and sums over all maps or the coordinates themselves.
  package struct Target: Decodable {
    package var weight: [Float]
    package var sum: Double?
    package var max: Double?
    package var squares: Double?
    package var coordinates: [[Double]]?

    enum CodingKeys: String, CodingKey {
      case weight, sum, max
      case squares = "sq"
      case coordinates = "target"
    }

    package init(from decoder: any Decoder) throws {
      let container = try decoder.container(keyedBy: CodingKeys.self)
      if let weights = try? container.decode([Float].self, forKey: .weight) {
        weight = weights
      } else {
        // One for each coordinate, both the same.
        weight = try container.decode([[Float]].self, forKey: .weight).compactMap(\.first)
      }
      sum = try container.decodeIfPresent(Double.self, forKey: .sum)
      max = try container.decodeIfPresent(Double.self, forKey: .max)
      squares = try container.decodeIfPresent(Double.self, forKey: .squares)
      coordinates = try container.decodeIfPresent([[Double]].self, forKey: .coordinates)
    }
  }

  package static let names = ["coco", "mpii", "crowdpose", "ochuman", "aic", "jhmdb", "posetrack18"]

  package static func datasets() throws -> [String: Dataset] {
    try JSONDecoder().decode([String: Dataset].self, from: GoldenFile.data("golden/pipeline/pipeline.json"))
  }

  /// The size of a picture that the goldens name.
  package static func pictureSize(_ file: String) throws -> Size {
    struct Picture: Decodable { var shape: [Int] }
    let pictures = try JSONDecoder().decode(
      [String: Picture].self, from: GoldenFile.data("golden/pipeline/images.json"))
    let shape = try #require(pictures[file]).shape
    return Size(height: shape[0], width: shape[1])
  }

  /// Where this machine has a picture that the goldens name.
  package static func picture(_ file: String) throws -> String {
    try SharedData.url("data/samples/" + file.replacingOccurrences(of: "tests/data/", with: "")).path
  }
}
