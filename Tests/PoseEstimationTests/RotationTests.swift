import PoseCore
import PoseMedia
import TestSupport
import Testing

@testable import PoseEstimation
@testable import PoseImage

/// People who lie or stand on their heads.
struct RotationTests {
  private let image: Image
  private let network: TopDownNetwork

  init() throws {
    image = try Image(contentsOf: SharedData.checkout.appending(path: "Examples/person.png").path)
    network = try TopDownNetwork(Model.default)
  }

  private func poses(in image: Image, _ detector: any PersonDetector = WholePicture()) throws -> [Pose] {
    var pipeline = PosePipeline(detector: detector, network: network)
    pipeline.rotations = true
    return try pipeline.poses(in: Picture(image))
  }

  @Test("a person is found the same however the picture is turned", arguments: QuarterTurn.allCases)
  func anyTurn(_ turn: QuarterTurn) throws {
    let upright = try PosePipeline(network: network).poses(in: Picture(image))[0]
    let size = Size(height: image.height, width: image.width)
    let found = try poses(in: image.turned(turn))
    #expect(found.count == 1 && found[0].score == upright.score)
    for (one, other) in zip(found[0].keypoints, upright.keypoints) {
      let expected = turn(other.position, in: size)
      #expect(abs(one.position.x - expected.x) < 1e-9 && abs(one.position.y - expected.y) < 1e-9)
      #expect(one.score == other.score)
    }
  }

  /// Finds the same two people in every picture, of different turns of it therefore in different places.
  private struct TwoPeople: PersonDetector {
    func people(in picture: Picture) -> [Detection] {
      let (width, height) = (Double(picture.size.width), Double(picture.size.height))
      return [0.0, 0.5].map {
        Detection(BoundingBox(x: $0 * width, y: 0, width: width / 2, height: height), score: 0.9)
      }
    }
  }

  @Test("of boxes that several turns show the best is kept, and the choice comes last")
  func boxes() throws {
    // Left and right halves, and of the picture on its side upper and lower ones: each shares a third with the others.
    let found = try poses(in: image, TwoPeople())
    #expect(!found.isEmpty && found.count <= 4)
    #expect(found.map(\.score) == found.map(\.score).sorted(by: >))
    var pipeline = PosePipeline(detector: TwoPeople(), network: network, choice: PeopleChoice(1, .best))
    pipeline.rotations = true
    #expect(try pipeline.poses(in: Picture(image)).count == 1)
  }
}
