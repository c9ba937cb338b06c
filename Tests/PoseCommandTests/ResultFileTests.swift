import Foundation
import TestSupport
import Testing

@Suite("Files of poses")
struct ResultFileTests {
  private struct Prediction: Decodable {
    struct Image: Decodable {
      struct Pose: Decodable {
        struct Keypoint: Decodable { let name: String, x: Double, y: Double, score: Double }
        let bbox: [Double], boxScore: Double, score: Double, keypoints: [Keypoint]

        enum CodingKeys: String, CodingKey {
          case bbox, score, keypoints
          case boxScore = "box_score"
        }
      }
      let file: String, width: Int, height: Int, poses: [Pose]
    }
    let format: Int, configuration: String, detector: String, images: [Image]
  }

  private struct Result: Decodable {
    let imageID: Int, fileName: String, keypoints: [Double]

    enum CodingKeys: String, CodingKey {
      case imageID = "image_id"
      case fileName = "file_name"
      case keypoints
    }
  }

  @Test("JSON, lines and COCO results hold the same poses")
  func forms() throws {
    let folder = try CommandLineTests.folder(of: "12.png")
    let boxes = #"[{"file_name": "12.png", "bbox": [60, 20, 250, 450], "score": 0.75}]"#
    try Data(boxes.utf8).write(to: folder.appending(path: "boxes.json"))
    let common = ["predict", "12.png", "--boxes", "boxes.json", "--json"]
    #expect(try Command(at: folder, common + ["p.json", "--coco", "c.json"]).code == 0)
    #expect(try Command(at: folder, common + ["p.jsonl"]).code == 0)
    let whole = try JSONDecoder().decode(
      Prediction.self, from: Data(contentsOf: folder.appending(path: "p.json")))
    let lines = try String(contentsOf: folder.appending(path: "p.jsonl"), encoding: .utf8).split(separator: "\n")
    let line = try JSONDecoder().decode(Prediction.Image.self, from: Data(try #require(lines.first).utf8))
    #expect(whole.format == 1 && whole.detector == "boxes" && lines.count == 1)
    let pose = try #require(whole.images.first?.poses.first)
    #expect(pose.bbox == [60, 20, 250, 450] && pose.boxScore == 0.75 && pose.score <= 0.75)
    #expect(line.poses.first?.keypoints.map(\.x) == pose.keypoints.map(\.x))
    let results = try JSONDecoder().decode([Result].self, from: Data(contentsOf: folder.appending(path: "c.json")))
    let result = try #require(results.first)
    #expect(result.imageID == 12 && result.fileName == "12.png")
    #expect(result.keypoints == pose.keypoints.flatMap { [$0.x, $0.y, $0.score] })
  }

  @Test("an old file stays where there is nothing new", arguments: ["p.json", "p.jsonl"])
  func nothingNew(_ name: String) throws {
    let folder = try CommandLineTests.folder(of: "a.png")
    try Data("old".utf8).write(to: folder.appending(path: name))
    #expect(try Command(at: folder, "predict", "--detector", "whole", "typo.png", "--json", name).code == 65)
    #expect(try String(contentsOf: folder.appending(path: name), encoding: .utf8) == "old")
  }

  @Test("a run that is interrupted keeps the poses that it found", arguments: [SIGINT, SIGTERM])
  func interrupted(_ number: Int32) throws {
    let folder = try CommandLineTests.folder(of: "0.png")
    for index in 1..<400 {
      try FileManager.default.createSymbolicLink(
        atPath: folder.path + "/\(index).png", withDestinationPath: folder.path + "/0.png")
    }
    let output = try ScratchFolder("folder").url
    let (lines, object) = (output.appending(path: "p.jsonl"), output.appending(path: "p.json"))
    for file in [lines, object] {
      let process = Process()
      process.executableURL = try Command.executable
      let results = file.path + ".coco.json"
      process.arguments = [
        "predict", "--detector", "whole", folder.path, "--json", file.path, "--coco", results, "--threads", "1",
      ]
      process.standardError = FileHandle.nullDevice
      try process.run()
      // A temporary file appears with the first picture.
      func hasBegun() throws -> Bool {
        try FileManager.default.contentsOfDirectory(atPath: output.path).contains { $0.hasSuffix(".tmp") }
      }
      while process.isRunning, try !hasBegun() { usleep(1000) }
      kill(process.processIdentifier, number)
      process.waitUntilExit()
      #expect(process.terminationStatus == 128 + number && process.terminationReason == .exit)
    }
    let prediction = try JSONDecoder().decode(Prediction.self, from: Data(contentsOf: object))
    #expect((1..<400).contains(prediction.images.count))
    let text = try String(contentsOf: lines, encoding: .utf8)
    #expect(text.hasSuffix("}\n") && text.split(separator: "\n").count < 400)
  }
}
