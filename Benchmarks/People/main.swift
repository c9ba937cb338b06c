// One side of Benchmarks/people.py: People PICTURE PEOPLE THREADS [MODEL CONFIGURATION]
//
// Loads an estimator and a picture, writes the keypoints of the people's poses, and then answers each line "run N"
// with the milliseconds of N calls, all on a line. MODEL "default" and CONFIGURATION "" stand for what comes with pose.
import Foundation
import PoseEstimation

// Before detections had a type of their own in PoseCore.
#if POSE_OLD_API
  typealias Detection = ScoredBox
#endif

let arguments = Array(CommandLine.arguments.dropFirst())
guard arguments.count == 5, let people = Int(arguments[1]), let threads = Int(arguments[2]) else {
  throw UsageError()
}

let image = try Image(contentsOf: arguments[0])
let (width, height) = (Double(image.width), Double(image.height))
// Beside one another, each as high as most of the picture.
let boxes = (0..<people).map { index in
  let left = 0.7 * width * Double(index) / Double(max(people - 1, 1))
  return Detection(BoundingBox(x: left, y: 0.1 * height, width: 0.3 * width, height: 0.8 * height))
}

var options = PoseEstimator.Options()
options.threads = threads
let configuration = arguments[4].isEmpty ? nil : arguments[4]
let estimator = try PoseEstimator(
  model: arguments[3] == "default" ? .default : .file(arguments[3], configuration: configuration),
  detector: .wholePicture,
  options: options)

let keypoints = try estimator.poses(in: image, boxes: boxes).flatMap(\.keypoints)
answer(keypoints.flatMap { [$0.position.x, $0.position.y, $0.score] })

while let line = readLine() {
  guard line.hasPrefix("run "), let calls = Int(line.dropFirst(4)) else { throw UsageError() }
  let clock = ContinuousClock()
  answer(
    try (0..<calls).map { _ in
      try clock.measure { _ = try estimator.poses(in: image, boxes: boxes) } / .milliseconds(1)
    })
}

/// Writes numbers on a line, at once.
func answer(_ numbers: [Double]) {
  // Standard output is a pipe, which the C library's buffer would fill first.
  FileHandle.standardOutput.write(Data((numbers.map { "\($0)" }.joined(separator: " ") + "\n").utf8))
}

struct UsageError: Error {}
