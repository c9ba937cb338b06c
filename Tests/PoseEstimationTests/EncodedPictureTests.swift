import PoseCore
import PoseFormats
import PoseImage
import PoseMedia
import TestSupport
import Testing

@testable import PoseEstimation

struct EncodedPictureTests {
  // Little enough that a pixel of the input is never two of the picture.
  private let box = Detection(BoundingBox(x: 130.5, y: 60.25, width: 120, height: 300.75))

  private func estimator(flip: Bool = false) throws -> PoseEstimator {
    var options = PoseEstimator.Options()
    options.threads = 1
    options.flipTest = flip
    return try PoseEstimator(options: options)
  }

  private var picture: [UInt8] {
    get throws { try FileBytes.read(DrawnDataset.shared.picture) }
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
    // 1.25 x 480 rows for 256 of the input: 2.3 pixels become one.
    let boxes = [Detection(BoundingBox(x: 20, y: 0, width: 320, height: 480))]
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
    let boxes = [Detection(BoundingBox(x: 0, y: 0, width: 360, height: 480)), box]
    #expect(
      try estimator.poses(in: encoded, boxes: boxes, decoding: .reduced) == estimator.poses(in: encoded, boxes: boxes))
  }
}
