import Foundation
import PoseImage
import TestSupport
import Testing

struct PredictTests {
  private struct Results: Decodable {
    var images: [Image]

    struct Image: Decodable {
      var file: String
      var width: Int
      var height: Int
      var poses: [Pose]
    }

    struct Pose: Decodable {
      var bbox: [Double]
      var score: Double
      var keypoints: [Keypoint]
    }

    struct Keypoint: Decodable {
      var name: String
      var x: Double
      var y: Double
      var score: Double
    }

    init(_ json: String) throws { self = try JSONDecoder().decode(Self.self, from: Data(json.utf8)) }
  }

  @Test("a picture's pose comes as JSON, with its box, and its joints where the person has them")
  func drawnPicture() throws {
    let boxes = try Sample.file(
      Data(#"[{"image_id": 21, "bbox": [70.5, 35, 245, 415], "score": 0.5}]"#.utf8), "json")
    let run = try Command("predict", Sample.picture, "--boxes", boxes, "--json", "-", "--flip-test")
    #expect(run.code == 0 && run.errors.contains("wider_naive_litehrnet_18_everyday_256x192"))
    let image = try #require(try Results(run.output).images.first)
    let pose = try #require(image.poses.first)
    #expect(image.width == 360 && image.height == 480 && image.file.hasSuffix("000000000021.jpg"))
    #expect(pose.bbox == [70.5, 35, 245, 415] && pose.keypoints.count == 17)
    #expect(pose.score > 0.3 && pose.score < 0.5)
    let places = ["nose": (170.0, 75.0), "left_elbow": (258, 158), "right_wrist": (98, 236), "left_ankle": (213, 416)]
    for (name, place) in places {
      let joint = try #require(pose.keypoints.first { $0.name == name })
      #expect(abs(joint.x - place.0) < 20 && abs(joint.y - place.1) < 20 && joint.score > 0.3, "\(joint)")
    }
  }

  @Test("boxes are found by file name, folders and patterns are expanded, pictures drawn")
  func folders() throws {
    let folder = try DrawnDataset.shared.folder
    let boxes = try Sample.file(
      Data(#"[{"file_name": "000000000021.jpg", "bbox": [70, 35, 245, 415]}]"#.utf8), "json")
    let (output, json) = (ScratchFolder.file("folder").path, ScratchFolder.file("json").path)
    let run = try Command(
      "predict", folder, folder + "/*21.jpg", "--model", Sample.weights, "--boxes", boxes, "--output", output,
      "--json",
      json, "--labels", "--threads", "2")
    // Other tests put files of their own beside the pictures.
    #expect(run.code == 0 && run.errors.hasPrefix("pose: skipped ") && run.errors.contains(" .json"))
    #expect(run.errors.hasSuffix(Sample.announcement), "\(run.errors)")
    let results = try Results(String(contentsOfFile: json, encoding: .utf8))
    #expect(results.images.map(\.poses.count) == [1, 0, 0, 0])
    #expect(try FileManager.default.contentsOfDirectory(atPath: output).count == 4)
  }

  @Test("one bad picture does not stop the rest, and the exit code tells")
  func badPicture() throws {
    let bad = try Sample.truncated(Sample.picture, to: 3000)
    let run = try Command(
      "predict", "--detector", "whole", bad, "/nowhere.jpg", Sample.picture, "--model", Sample.weights, "--json", "-")
    #expect(run.code == 65)
    #expect(try Results(run.output).images.count == 1)
    #expect(run.errors.contains(bad) && run.errors.contains("/nowhere.jpg") && run.errors.contains("2 of 3"))
  }

  @Test("every codec draws its own conclusion", arguments: ["default", "dark", "udp", "megvii"])
  func codecs(_ codec: String) throws {
    let run = try Command(
      "predict", "--detector", "whole", Sample.picture, "--model", Sample.weights, "--codec", codec, "--json", "-")
    #expect(run.code == 0)
    #expect(try Results(run.output).images.first?.poses.first?.keypoints.count == 17)
  }
}
