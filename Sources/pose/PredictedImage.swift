import PoseEstimation
import PoseEvaluation
import PoseFormats

/// A picture's poses, as `pose predict --json` writes them.
struct PredictedImage: Encodable {
  let file: String
  let width: Int
  let height: Int
  let poses: [PredictedPose]

  init(file: String, width: Int, height: Int, poses: [Pose]) {
    self.file = file
    self.width = width
    self.height = height
    self.poses = poses.map(PredictedPose.init)
  }

  /// The version of the format, which Documentation/Formats describes.
  static let format = 1

  /// What a JSON file has around its images.
  ///
  /// - Parameters:
  ///   - configuration: the name of the configuration that the poses were estimated by.
  ///   - detector: what found the people.
  static func frame(configuration: String, detector: String) throws -> ResultFile.Frame {
    let names = try [configuration, detector].map { try compactJSON($0) }
    let head =
      "{\"format\": \(format), \"configuration\": \(names[0]), \"detector\": \(names[1]), \"images\": ["
    return ResultFile.Frame(head: head, foot: "\n]}\n")
  }

  /// For people to read.
  var text: String {
    let blocks = poses.map { pose in
      var table = Table("joint", "x", "y", "score")
      for keypoint in pose.keypoints {
        table.append(
          keypoint.name, "\(keypoint.x.rounded(toPlaces: 1))", "\(keypoint.y.rounded(toPlaces: 1))",
          "\(keypoint.score.rounded(toPlaces: 3))")
      }
      return table.text
    }
    return (["\(file.onOneLine): \(poses.count.counted("pose"))"] + blocks).joined(separator: "\n")
  }
}

struct PredictedPose: Encodable {
  /// x, y, width, height in pixels of the picture.
  let bbox: [Double]
  /// The detector's score of the box.
  let boxScore: Double
  let score: Double
  let keypoints: [PredictedKeypoint]

  init(_ pose: Pose) {
    bbox = [pose.boundingBox.x, pose.boundingBox.y, pose.boundingBox.width, pose.boundingBox.height]
    boxScore = pose.boxScore
    score = pose.score
    keypoints = zip(pose.skeleton.joints, pose.keypoints).map {
      PredictedKeypoint(name: $0.rawValue, x: $1.position.x, y: $1.position.y, score: $1.score)
    }
  }

  enum CodingKeys: String, CodingKey {
    case bbox, score, keypoints
    case boxScore = "box_score"
  }
}

struct PredictedKeypoint: Encodable {
  let name: String
  let x: Double
  let y: Double
  let score: Double
}

extension PersonResult {
  /// A pose as a COCO result of a picture.
  init(_ pose: Pose, pictureID: Int, fileName: String) {
    self.init(person: nil, pictureID: pictureID, score: pose.score, keypoints: pose.keypoints)
    boundingBox = pose.boundingBox
    self.fileName = fileName
  }
}
