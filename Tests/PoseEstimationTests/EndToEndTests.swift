import Foundation
import PoseCodecs
import PoseCore
import PoseEngine
import PoseFormats
import PoseModels
import TestSupport
import Testing

@testable import PoseEstimation

/// Pictures in, keypoints out, against the published code with the same weights.
@Suite(.needsSharedData)
struct EndToEndTests {
  @Test("keypoints equal the published code's", arguments: EndToEndCase.all)
  func keypoints(_ test: EndToEndCase) throws {
    let golden = try test.golden()
    var options = PoseEstimator.Options()
    options.decoder = test.decoder
    options.flipTest = test.flip
    let weights = try SharedData.url(test.weights).path
    let estimator = try PoseEstimator(model: .file(weights, configuration: test.configuration), options: options)
    var (close, all, worst) = (0, 0, 0.0)
    for (index, file) in golden.files.enumerated() {
      let image = try Image(
        contentsOf: SharedData.url(test.pictures + "/" + file.replacingOccurrences(of: "tests/data/", with: "")).path)
      let box = golden.boxes[index]
      let crop = CropGeometry(center: Point(x: box[0], y: box[1]), scaleX: box[2], scaleY: box[3])
      let keypoints = try estimator.keypoints(in: image, crop: crop)
      #expect(keypoints.count == golden.predictions[index].count)
      for (keypoint, expected) in zip(keypoints, golden.predictions[index]) {
        let distance = max(abs(keypoint.position.x - expected[0]), abs(keypoint.position.y - expected[1]))
        (close, all, worst) = (close + (distance < 0.05 ? 1 : 0), all + 1, max(worst, distance))
        #expect(abs(keypoint.score - expected[2]) < 2e-3)
      }
    }
    // What is farther off are flat maps, where a difference in the last digit moves the peak to another pixel.
    #expect(Double(close) >= 0.999 * Double(all), "\(all - close) of \(all) are off, by up to \(worst) pixels")
  }
}

struct EndToEndCase: Sendable, CustomTestStringConvertible {
  var name: String
  var file: String
  var weights: String
  var configuration: String
  var decoder: HeatmapDecoder
  var flip = true
  var pictures = "data/samples"

  var testDescription: String { name }

  static let all: [Self] = {
    let lite18 = ("golden/litehrnet/litehrnet_18_coco_256x192.pth", "litehrnet_18_coco_256x192")
    var cases: [Self] = []
    for (name, decoder, flip) in [
      ("coco_gt", HeatmapDecoder.standard, true), ("coco_gt_noflip", .standard, false),
      ("coco_gt_dark", .dark(kernel: 11), true), ("coco_gt_udp", .udp(kernel: 11), true),
    ] {
      cases.append(
        Self(
          name: name, file: "e2e.json", weights: lite18.0, configuration: lite18.1, decoder: decoder, flip: flip))
    }
    cases.append(
      Self(
        name: "coco_det_l30", file: "e2e.json", weights: "golden/litehrnet/litehrnet_30_coco_256x192.pth",
        configuration: "litehrnet_30_coco_256x192", decoder: .standard))
    cases.append(
      Self(
        name: "mpii", file: "e2e.json", weights: "golden/litehrnet/litehrnet_18_mpii_256x256.pth",
        configuration: "litehrnet_18_mpii_256x256", decoder: .standard))
    for (file, prefix, pictures) in [
      ("real_coco4.json", "coco4", "data/samples/coco"),
      ("real_coco_mini_train.json", "coco_mini_train", "data/coco_mini/images"),
    ] {
      for (tag, size, decoder, flip) in [
        ("256x192.udp", "256x192", HeatmapDecoder.udp(kernel: 11), true),
        ("128x96.udp", "128x96", .udp(kernel: 11), true),
        ("256x192.udp_noflip", "256x192", .udp(kernel: 11), false), ("256x192.standard", "256x192", .standard, true),
        ("256x192.dark", "256x192", .dark(kernel: 11), true),
      ] {
        cases.append(
          Self(
            name: "\(prefix).\(tag)", file: file, weights: "weights/wider_naive_litehrnet_18_person_\(size).pth",
            configuration: "wider_naive_litehrnet_18_person_\(size)", decoder: decoder, flip: flip,
            pictures: pictures))
      }
    }
    return cases
  }()

  struct Golden {
    var files: [String]
    /// Centre x and y, scale x and y, area, score.
    var boxes: [[Double]]
    /// x, y, score by joint.
    var predictions: [[[Double]]]
  }

  func golden() throws -> Golden {
    struct Entry: Decodable {
      var files: [String]
      var boxes: [[Double]]?
      var predictions: [[[Double]]]?
      enum CodingKeys: String, CodingKey {
        case files = "image_files"
        case boxes
        case predictions = "preds"
      }
    }
    let json = try Data(contentsOf: SharedData.url("golden/e2e/\(file)"))
    let entry = try #require(try JSONDecoder().decode([String: Entry].self, from: json)[name])
    if let boxes = entry.boxes, let predictions = entry.predictions {
      return Golden(files: entry.files, boxes: boxes, predictions: predictions)
    }
    let arrays = try NumpyArchive(contentsOf: SharedData.url("golden/e2e/e2e.npz").path)
    let (boxes, predictions) = (try arrays.tensor("\(name).boxes"), try arrays.tensor("\(name).preds"))
    return Golden(
      files: entry.files, boxes: rows(boxes.floats, of: 6),
      predictions: rows(predictions.floats, of: 3 * predictions.shape[1]).map { row in
        stride(from: 0, to: row.count, by: 3).map { Array(row[$0..<$0 + 3]) }
      })
  }

  private func rows(_ floats: [Float], of count: Int) -> [[Double]] {
    stride(from: 0, to: floats.count, by: count).map { floats[$0..<$0 + count].map(Double.init) }
  }
}
