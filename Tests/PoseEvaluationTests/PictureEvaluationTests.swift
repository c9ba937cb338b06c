import Foundation
import PoseCore
import PoseData
import PoseEstimation
import PoseEvaluation
import PoseImage
import PoseMedia
import TestSupport
import Testing

/// Networks that find several people a picture, scored beside MMPose 1.3.2's `CocoMetric`. `Scripts/make-picture-goldens`
/// writes what is compared.
struct PictureEvaluationTests {
  /// A picture's people as a network finds them.
  struct Prediction: Decodable {
    var id: Int
    var keypoints: [[Double]]
    var keypointScores: [[Double]]
    var bboxScores: [Double]
  }

  struct Golden: Decodable {
    var dataset: String
    var predictions: [Prediction]
    /// The published numbers by what a person's score is.
    var figures: [String: [String: Double]]
  }

  /// Gives the predictions of a picture, which it knows by its width.
  private struct Recital: PoseNetwork {
    let skeleton: Skeleton
    let predictions: [Prediction]
    /// Whether a person's score is the mean of the joints'.
    let isMean: Bool

    var needsPeople: Bool { false }

    func poses(in picture: Picture, people: [PersonRegion]) -> [Pose] {
      predictions.filter { $0.id + 16 == picture.size.width }.flatMap { prediction in
        prediction.keypoints.indices.map { person in
          let (places, scores) = (prediction.keypoints[person], prediction.keypointScores[person])
          let mean = scores.reduce(0, +) / Double(scores.count)
          return Pose(
            boundingBox: BoundingBox(x: 0, y: 0, width: 1, height: 1),
            score: isMean ? mean : prediction.bboxScores[person],
            keypoints: scores.indices.map { Keypoint(x: places[2 * $0], y: places[2 * $0 + 1], score: scores[$0]) },
            skeleton: skeleton)
        }
      }
    }
  }

  /// MMPose's names of the numbers.
  private static func published(_ name: String, _ kind: DatasetKind) -> String {
    if kind == .crowdPose, ["APE", "APM", "APH"].contains(name) { return "AP(\(name.suffix(1)))" }
    return switch name {
    case "AP50", "AP75", "AR50", "AR75": "\(name.prefix(2)) .\(name.hasSuffix("50") ? "5" : "75")"
    case "APM", "APL", "ARM", "ARL": "\(name.prefix(2)) (\(name.suffix(1)))"
    default: name
    }
  }

  @Test(
    "several people a picture score as MMPose's evaluation scores them", arguments: [DatasetKind.coco, .crowdPose],
    ["bbox", "keypoint"])
  func figures(_ kind: DatasetKind, _ mode: String) throws {
    let bytes = try Data(contentsOf: SharedData.checkout.appending(path: "Tests/Goldens/pictures.json"))
    let cases = try #require(try JSONSerialization.jsonObject(with: bytes) as? [[String: Any]])
    let index = kind == .coco ? 0 : 1
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    let golden = try decoder.decode([Golden].self, from: bytes)[index]
    let folder = try ScratchFolder("pictures")
    let annotations = folder.url.appending(path: "annotations.json")
    try JSONSerialization.data(withJSONObject: try #require(cases[index]["annotations"])).write(to: annotations)
    for prediction in golden.predictions {
      let (width, height) = (prediction.id + 16, 16)
      let gray = [UInt8](repeating: 90, count: 3 * width * height)
      try Image(width: width, height: height, pixels: gray).write(to: "\(folder.path)/\(prediction.id).png")
    }
    let truth = try GroundTruth(kind, annotations: annotations.path, pictures: folder.path)
    let network = Recital(skeleton: kind.skeleton, predictions: golden.predictions, isMean: mode == "keypoint")
    let run = try DatasetRun(PosePipeline(network: network), truth.annotated, threads: 2)
    let score = try #require(try truth.score(run, run.results(ResultRules(for: network))))
    let expected = try #require(golden.figures[mode])
    var compared = 0
    for value in score.values {
      let name = Self.published(value.name, kind)
      guard let figure = expected[name] else { continue }
      // Of crowded and less crowded pictures xtcocotools says four digits.
      let ours = name.hasPrefix("AP(") ? (value.value * 1e4).rounded() / 1e4 : value.value
      #expect(abs(ours - figure) < 1e-9, "\(name)")
      compared += 1
    }
    #expect(compared == expected.count)
  }
}
