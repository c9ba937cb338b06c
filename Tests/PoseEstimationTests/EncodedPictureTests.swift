import PoseCore
import PoseFormats
import PoseImage
import PoseMedia
import TestSupport
import Testing

@testable import PoseEstimation

@Suite(.needsSharedData)
struct EncodedPictureTests {
  private let box = Detection(BoundingBox(x: 280.79, y: 44.73, width: 218.7, height: 346.68))

  private func estimator(flip: Bool = false) throws -> PoseEstimator {
    var options = PoseEstimator.Options()
    options.threads = 1
    options.flipTest = flip
    return try PoseEstimator(
      model: .file(SharedData.url("weights/wider_naive_litehrnet_18_person_256x192.pth").path), options: options)
  }

  private var picture: [UInt8] {
    get throws { try FileBytes.read(SharedData.url("data/samples/coco/000000000785.jpg").path) }
  }

  @Test("poses in an encoded picture are those in the decoded one", arguments: [false, true])
  func exact(_ flip: Bool) throws {
    let estimator = try estimator(flip: flip)
    let (image, encoded) = (try Image(encoded: picture), try EncodedImage(picture))
    let boxes = [box, Detection(BoundingBox(of: image), score: 0.5)]
    let expected = try estimator.poses(in: image, boxes: boxes)
    for _ in 0..<2 { #expect(try estimator.poses(in: encoded, boxes: boxes) == expected) }
    #expect(try estimator.poses(in: encoded) == estimator.poses(in: image))
    let padded = image.width * 3 + 5
    var rows: [UInt8] = []
    for y in 0..<image.height {
      rows += image.pixels[y * image.width * 3..<(y + 1) * image.width * 3] + [1, 2, 3, 4, 5]
    }
    let raw = try rows.withUnsafeBytes {
      try estimator.poses(inRGB: $0, width: image.width, height: image.height, bytesPerRow: padded, boxes: boxes)
    }
    #expect(raw == expected)
  }

  @Test("a picture decoded at half its size gives nearly the same keypoints, in pixels of the whole")
  func reduced() throws {
    let estimator = try estimator()
    let encoded = try EncodedImage(picture)
    // 1.25 x 425 rows for 256 of the input: 2.1 pixels become one.
    let boxes = [Detection(BoundingBox(x: 200, y: 0, width: 300, height: 425))]
    let exact = try #require(try estimator.poses(in: encoded, boxes: boxes).first)
    let reduced = try #require(try estimator.poses(in: encoded, boxes: boxes, decoding: .reduced).first)
    #expect(reduced != exact)
    for (a, b) in zip(exact.keypoints, reduced.keypoints) where a.score > 0.5 {
      #expect(abs(a.position.x - b.position.x) < 6 && abs(a.position.y - b.position.y) < 6)
    }
  }

  @Test("a crop that takes every pixel is never reduced")
  func unreduced() throws {
    let estimator = try estimator()
    let encoded = try EncodedImage(picture)
    let boxes = [Detection(BoundingBox(x: 0, y: 0, width: 640, height: 425)), box]
    #expect(
      try estimator.poses(in: encoded, boxes: boxes, decoding: .reduced) == estimator.poses(in: encoded, boxes: boxes))
  }
}
