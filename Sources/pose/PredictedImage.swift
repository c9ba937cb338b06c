import PoseEstimation

/// What `pose predict --json` writes.
struct Prediction: Encodable {
  /// The configuration that the poses were estimated by.
  let configuration: String
  let images: [PredictedImage]
}

/// A picture's poses, as JSON has them.
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

  /// For people to read.
  var text: String {
    var table = Table("joint", "x", "y", "score")
    let blocks = poses.map { pose in
      table = Table("joint", "x", "y", "score")
      for keypoint in pose.keypoints {
        table.append(
          keypoint.name, "\(keypoint.x.rounded(toPlaces: 1))", "\(keypoint.y.rounded(toPlaces: 1))",
          "\(keypoint.score.rounded(toPlaces: 3))")
      }
      return table.text
    }
    return (["\(file): \(poses.count) \(poses.count == 1 ? "pose" : "poses")"] + blocks).joined(separator: "\n")
  }
}

struct PredictedPose: Encodable {
  /// x, y, width, height in pixels of the picture.
  let bbox: [Double]
  let score: Double
  let keypoints: [PredictedKeypoint]

  init(_ pose: Pose) {
    bbox = [pose.boundingBox.x, pose.boundingBox.y, pose.boundingBox.width, pose.boundingBox.height]
    score = pose.score
    keypoints = zip(pose.skeleton.joints, pose.keypoints).map {
      PredictedKeypoint(name: $0.rawValue, x: $1.position.x, y: $1.position.y, score: $1.score)
    }
  }
}

struct PredictedKeypoint: Encodable {
  let name: String
  let x: Double
  let y: Double
  let score: Double
}
