import Foundation
import PoseConfiguration
import PoseCore
import PoseEstimation
import PoseImage
import PoseMedia
import TestSupport
import Testing

@Suite struct DefaultModelTests {
  @Test("the models that come with the library are what their names say")
  func models() throws {
    let (network, detector) = (try Model.default, try Model.defaultDetector)
    #expect(network.configuration.name == "wider_naive_litehrnet_18_everyday_256x192")
    #expect(network.configuration.model.skeleton?.name == "coco17")
    #expect(detector.configuration.name == "rtmdet_nano_person")
    for model in [network, detector] {
      #expect(model.checkpoint.names.allSatisfy { model.checkpoint[$0]?.floats.allSatisfy(\.isFinite) == true })
    }
  }

  /// The picture of `make demo` and where its people's joints are.
  private struct Annotations: Decodable {
    let annotations: [Person]

    struct Person: Decodable {
      let bbox: [Double]
      let keypoints: [Double]
    }
  }

  @Test("everybody in the rendered picture is found, their joints within a tenth of their size")
  func people() throws {
    let examples = SharedData.checkout.appending(path: "Examples")
    let truth = try JSONDecoder().decode(
      Annotations.self, from: Data(contentsOf: examples.appending(path: "people.json"))
    ).annotations
    let poses = try PoseEstimator().poses(in: Image(contentsOf: examples.appending(path: "people.jpg").path))
    #expect(poses.count == truth.count && truth.count == 5)
    var near = 0
    for person in truth {
      let box = BoundingBox(x: person.bbox[0], y: person.bbox[1], width: person.bbox[2], height: person.bbox[3])
      func overlap(_ pose: Pose) -> Double { pose.boundingBox.overlap(with: box) }
      let pose = try #require(poses.max { overlap($0) < overlap($1) })
      let reach = max(box.width, box.height) / 10
      for (index, keypoint) in pose.keypoints.enumerated() {
        let (x, y) = (person.keypoints[3 * index], person.keypoints[3 * index + 1])
        let distance = hypot(keypoint.position.x - x, keypoint.position.y - y)
        if distance < reach { near += 1 }
      }
    }
    // 0.95 of 5 x 17 joints.
    #expect(near >= 81, "\(near) of 85")
  }

  @Test("a network of something else than people takes boxes, and refuses to look for them with the default detector")
  func otherThanPeople() throws {
    let configuration = try Zoo.configuration(named: "rtmpose_t_face_256x256")
    let model = try Model(configuration, configuration.graph().initialized(seed: 1))
    let estimator = try PoseEstimator(model: .model(model))
    let image = try Image(contentsOf: SharedData.checkout.appending(path: "Examples/person.png").path)
    #expect(
      try estimator.poses(in: image, boxes: [Detection(BoundingBox(x: 120, y: 40, width: 90, height: 90))]).count == 1)
    #expect(throws: EstimationError.findsOtherThanPeople(network: configuration.name, skeleton: "lapa106")) {
      try estimator.poses(in: image)
    }
  }
}
