import PoseEstimation
import PoseImage
import TestSupport
import Testing

@Suite struct DefaultModelTests {
  @Test("the model that comes with the library is what its name says")
  func model() throws {
    let model = try Model.default
    #expect(model.configuration.name == "litehrnet_18_person_256x192")
    #expect(model.configuration.model.skeleton?.name == "coco17")
    #expect(model.checkpoint.names.allSatisfy { model.checkpoint[$0]?.floats.allSatisfy(\.isFinite) == true })
  }

  @Test("it finds most joints of the drawn person")
  func person() throws {
    let image = try Image(contentsOf: SharedData.checkout.appending(path: "Examples/person.png").path)
    let pose = try #require(try PoseEstimator().poses(in: image).first)
    let expected: [(Joint, Point)] = [
      (.nose, Point(x: 170, y: 75)), (.leftShoulder, Point(x: 210, y: 117)), (.rightShoulder, Point(x: 127, y: 117)),
      (.leftElbow, Point(x: 258, y: 158)), (.rightElbow, Point(x: 109, y: 179)), (.leftWrist, Point(x: 290, y: 91)),
      (.rightWrist, Point(x: 98, y: 236)), (.leftHip, Point(x: 191, y: 234)), (.rightHip, Point(x: 146, y: 234)),
      (.leftKnee, Point(x: 202, y: 329)), (.rightKnee, Point(x: 143, y: 328)), (.leftAnkle, Point(x: 213, y: 416)),
      (.rightAnkle, Point(x: 140, y: 418)),
    ]
    // A fifth of the torso.
    let near = expected.filter { joint, position in
      guard let found = pose[joint]?.position else { return false }
      let (dx, dy) = (found.x - position.x, found.y - position.y)
      return dx * dx + dy * dy < 28 * 28
    }
    #expect(near.count >= 10, "\(near.map(\.0))")
  }
}
