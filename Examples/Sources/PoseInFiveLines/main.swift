// swift run --package-path Examples PoseInFiveLines WEIGHTS PICTURE
import PoseEstimation
import PoseImage

let files = CommandLine.arguments.dropFirst()
guard files.count == 2, let model = files.first, let picture = files.last else {
  print("usage: PoseInFiveLines WEIGHTS PICTURE")
  throw UsageError()
}

let estimator = try PoseEstimator(model: .file(model))
for pose in try estimator.poses(in: Image(contentsOf: picture)) {
  print(pose.score, pose[.leftWrist]?.position ?? "no left wrist")
}

struct UsageError: Error {}
