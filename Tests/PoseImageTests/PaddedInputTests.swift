import PoseCore
import TestSupport
import Testing

@testable import PoseImage

/// Pictures that are resized and then put into a larger input, beside `pre_process` of buptxyb666/AdaptivePose.
struct PaddedInputTests {
  /// What the published code makes of a picture at the scales 1, 0.8 and 1.6 for an input of 512 pixels.
  struct Case: Sendable {
    var picture: Size
    /// The input, the resized picture, and where in the input it begins.
    var inputs: [(input: Size, size: Size, left: Int, top: Int)]
    /// Where (20, 30) on a grid of a cell for four pixels comes to lie in the picture.
    var points: [(x: Double, y: Double)]

    init(
      _ height: Int, _ width: Int, _ inputs: [(input: (Int, Int), size: (Int, Int), left: Int, top: Int)],
      _ points: [(x: Double, y: Double)]
    ) {
      picture = Size(height: height, width: width)
      self.inputs = inputs.map {
        (Size(height: $0.input.0, width: $0.input.1), Size(height: $0.size.0, width: $0.size.1), $0.left, $0.top)
      }
      self.points = points
    }
  }

  static let cases = [
    Case(
      427, 640,
      [((544, 768), (512, 767), 1, 16), ((416, 640), (409, 613), 14, 4), ((832, 1248), (819, 1227), 11, 7)],
      [(65.884765625, 86.734375), (68.8037109375, 120.927734375), (35.965576171875, 58.900146484375)]),
    Case(
      640, 427,
      [((768, 544), (767, 512), 16, 1), ((640, 416), (613, 409), 4, 14), ((1248, 832), (1227, 819), 7, 11)],
      [(53.375, 99.244140625), (79.228515625, 110.5029296875), (38.050537109375, 56.815185546875)]),
    Case(
      500, 333,
      [((800, 544), (768, 512), 16, 16), ((640, 416), (615, 409), 4, 13), ((1248, 832), (1230, 819), 7, 9)],
      [(41.625, 67.640625), (61.787109375, 86.98974609375), (29.674072265625, 45.120849609375)]),
    Case(
      1080, 1920,
      [((544, 928), (512, 910), 9, 16), ((416, 736), (409, 728), 4, 4), ((832, 1472), (819, 1456), 8, 7)],
      [(149.765625, 219.375), (200.390625, 305.859375), (94.921875, 148.974609375)]),
    Case(
      300, 64,
      [((2432, 544), (2400, 512), 16, 16), ((1952, 416), (1920, 409), 4, 16), ((3872, 832), (3840, 819), 7, 16)],
      [(8, 13), (11.875, 16.25), (5.703125, 8.125)]),
    Case(
      512, 512,
      [((544, 544), (512, 512), 16, 16), ((416, 416), (409, 409), 4, 4), ((832, 832), (819, 819), 7, 7)],
      [(64, 104), (95, 145), (45.625, 70.625)]),
  ]

  @Test("sizes, offsets and the way back to the picture equal the published code's", arguments: cases)
  func places(_ test: Case) throws {
    let geometry = InputGeometry.padded(multipleOf: 32, fill: 0)
    for (index, scale) in [1, 0.8, 1.6].enumerated() {
      let placement = geometry.placement(of: nil, in: test.picture, input: 512, scale: scale, least: 0.8)
      let (resized, expected) = (try #require(placement.resized), test.inputs[index])
      #expect(placement.input == expected.input && resized.size == expected.size)
      #expect(resized.left == expected.left && resized.top == expected.top)
      let grid = Size(height: placement.input.height / 4, width: placement.input.width / 4)
      let point = placement.picturePoint(of: Point(x: 20, y: 30), on: grid)
      #expect(abs(point.x - test.points[index].x) < 1e-3 && abs(point.y - test.points[index].y) < 1e-3)
    }
  }

  /// The digests of what the network sees of a small picture, a plane for each color, before its colors are normalized.
  @Test(
    "the pixels equal the published code's",
    arguments: [
      (Size(height: 20, width: 31), 1, "ba58e8a5f7a9cb599a3a2e39c9f6699c477c5e4fccb0a4dbeb124b4856bdf858"),
      (Size(height: 20, width: 31), 1.6, "efd7e27bce9a4f7f8f3bb9da079781c056593b832e80f83da8e84a1fd5fa645d"),
      (Size(height: 31, width: 20), 0.8, "f94478c5fed7a84b24b46ebc25fabb529287a85d5271fdfd794a0d454f2f7a3f"),
    ])
  func pixels(_ size: Size, _ scale: Double, _ digest: String) throws {
    // The upright picture is the other one with rows for columns.
    let isUpright = size.height > size.width
    let (rows, columns) = isUpright ? (size.width, size.height) : (size.height, size.width)
    var pixels = [UInt8](repeating: 0, count: 3 * rows * columns)
    for row in 0..<rows {
      for column in 0..<columns {
        for channel in 0..<3 {
          let index = 3 * (row * columns + column) + channel
          let place = isUpright ? column * size.width + row : row * size.width + column
          pixels[3 * place + channel] = UInt8(truncatingIfNeeded: (index * index * 31) >> 5)
        }
      }
    }
    let image = try Image(width: size.width, height: size.height, pixels: pixels)
    let placement = InputGeometry.padded(multipleOf: 32, fill: 0).placement(of: nil, in: size, input: 32, scale: scale)
    let encoding = PixelEncoding(divisor: 1, mean: SIMD3(repeating: 0), deviation: SIMD3(repeating: 1))
    var planes = [Float](repeating: -1, count: 3 * placement.input.height * placement.input.width)
    planes.withUnsafeMutableBufferPointer { planes in
      image.withView { $0.encode(placement, toPicture: nil, encoding: encoding, into: planes) }
    }
    #expect(sha256(planes.map { UInt8($0) }) == digest)
  }
}
