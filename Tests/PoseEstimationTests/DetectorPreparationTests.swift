import Foundation
import PoseConfiguration
import PoseCore
import PoseMedia
import TestSupport
import Testing

@testable import PoseImage

/// How detectors' pictures become their input, beside the published code and OpenCV.
struct DetectorPreparationTests {
  /// A published preparation, and the configuration that has it.
  static let preparations: [(String, String)] = [
    ("rtmdet_320", "rtmdet_nano_person"), ("rtmdet_640", "rtmdet_m_person"), ("yolox_416", "yolox_tiny_coco"),
    ("yoloxpose_416", "yoloxpose_tiny_coco_416x416"), ("rtmo_640", "yoloxpose_s_coco_640x640"),
  ]

  @Test("inputs equal the published code's to the last bit", .needsSharedData, arguments: preparations)
  func inputs(_ key: String, _ name: String) throws {
    let configuration = try Zoo.configuration(named: name)
    let input = configuration.model.input
    let (geometry, encoding) = (configuration.image.inputGeometry(for: input), configuration.image.encoding)
    let golden = try JSONSerialization.jsonObject(with: GoldenFile.data("golden/detect/preparation.json"))
    let pictures = try #require((golden as? [String: Any])?["pictures"] as? [String: [String: Any]])
    #expect(pictures.count == 17)
    for (path, entry) in pictures {
      let image = try Image(contentsOf: SharedData.url("data/\(path)").path)
      let expected = try #require(entry[key] as? [String: Any])
      let size = Size(height: image.height, width: image.width)
      let placement = geometry.placement(of: nil, in: size, input: input)
      if let scale = expected["scale_factor"] as? [Double] {
        let resized = try #require(placement.resized)
        #expect([resized.size.width, resized.size.height] == expected["resized"] as? [Int], "\(path)")
        #expect(abs(placement.toInput.a - scale[0]) < 1e-12 && abs(placement.toInput.d - scale[1]) < 1e-12, "\(path)")
      }
      let planes = image.planes(placement, encoding)
      if let digest = expected["input_sha256"] as? String {
        #expect(sha256(planes.withUnsafeBytes(Array.init)) == digest, "\(path)")
      } else {
        // Of the bytes, BGR, which the input's numbers are.
        let area = input.width * input.height
        let bytes = (0..<area * 3).map { UInt8(planes[$0 % 3 * area + $0 / 3]) }
        #expect(sha256(bytes) == expected["sha256"] as? String, "\(path)")
      }
    }
  }

  /// OpenCV 4.10: `cv2.resize` of the picture that ``drawn(_:_:)`` draws, as SHA-256 of its bytes.
  static let resized: [(Size, Size, String)] = [
    (
      Size(height: 90, width: 120), Size(height: 40, width: 53),
      "e86846a0ac3284210b6ce9c7f81ce250c74f0d6c67bf9557d334aacdf24a9cb4"
    ),
    (
      Size(height: 90, width: 120), Size(height: 45, width: 60),
      "2710c2aa770b2fab3d87d630a96cdb4c4f92e30abd52c8ce54e3520cfcdeb3f8"
    ),
    (
      Size(height: 90, width: 120), Size(height: 90, width: 120),
      "b0d80113f8d0965a01f39224a636f905539e7b9429032b6528702cc79cb1b3c5"
    ),
    (
      Size(height: 90, width: 120), Size(height: 131, width: 200),
      "fb7aebc54aa84160ec02c5998f74cb081775aadd683bdcd5eda294246542eae8"
    ),
    (
      Size(height: 90, width: 120), Size(height: 45, width: 50),
      "f83a040c5468496480ea3cd5d6ab4f0ad42c33e90ec6b5a3448c94f1ef17048c"
    ),
    (
      Size(height: 7, width: 3), Size(height: 64, width: 64),
      "1f3ed691b142c4e152936892a6e36b04fe455b55a50e03fda47b9ca406a79430"
    ),
    (
      Size(height: 1, width: 1), Size(height: 5, width: 9),
      "a23f8d24bf9fd781b64b369048416d044dfe09e6f75faace2ec08a07f1322abb"
    ),
    (
      Size(height: 300, width: 1), Size(height: 17, width: 1),
      "ee1f3d04e4a0f752a2e95aec52a2fc6bee456c965e97aff2967ce01864336a6c"
    ),
  ]

  @Test("resized pictures equal OpenCV's to the last bit", arguments: resized)
  func resizes(_ size: Size, _ target: Size, _ digest: String) throws {
    let image = try Self.drawn(size)
    let placement = Placement(
      ResizedRegion(x: 0, y: 0, part: size, size: target, fill: 0), input: target)
    let planes = image.planes(
      placement, PixelEncoding(divisor: 1, mean: SIMD3(repeating: 0), deviation: SIMD3(repeating: 1)))
    let area = target.width * target.height
    let bytes = (0..<area * 3).map { UInt8(planes[$0 % 3 * area + $0 / 3]) }
    #expect(sha256(bytes) == digest)
  }

  @Test("a part of a picture is resized as if it were cut out", arguments: [(0, 0), (13, 7), (60, 30)])
  func parts(_ x: Int, _ y: Int) throws {
    let image = try Self.drawn(Size(height: 90, width: 120))
    let part = Size(height: 60, width: 60)
    let rows = (y..<y + 60).map { row -> ArraySlice<UInt8> in
      let start: Int = (row * 120 + x) * 3
      return image.pixels[start..<start + 180]
    }
    let cut = try Image(width: 60, height: 60, pixels: rows.flatMap(\.self))
    let encoding = PixelEncoding()
    let whole = Placement(ResizedRegion(x: x, y: y, part: part, size: 37, fill: 9), input: 40)
    let alone = Placement(ResizedRegion(x: 0, y: 0, part: part, size: 37, fill: 9), input: 40)
    #expect(image.planes(whole, encoding) == cut.planes(alone, encoding))
    let geometry = InputGeometry.letterbox(fill: 9)
    let box = BoundingBox(x: Double(x), y: Double(y), width: 60, height: 60)
    let placement = geometry.placement(of: box, in: Size(height: 90, width: 120), input: 40)
    let back = placement.pictureBox(left: 0, top: 0, right: 40, bottom: 40)
    #expect(abs(back.x - box.x) < 1e-9 && abs(back.width - 60) < 1e-9 && abs(back.y - box.y) < 1e-9)
  }

  /// Every pixel of another color, by a rule that is easy to repeat elsewhere.
  static func drawn(_ size: Size) throws -> Image {
    let pixels = (0..<size.width * size.height * 3).map { (index: Int) -> UInt8 in
      let square: Int = (index * index * 31) >> 5
      return UInt8(truncatingIfNeeded: square + index * 7)
    }
    return try Image(width: size.width, height: size.height, pixels: pixels)
  }
}

extension Image {
  fileprivate func planes(_ placement: Placement, _ encoding: PixelEncoding) -> [Float] {
    let count = placement.input.width * placement.input.height * 3
    return [Float](unsafeUninitializedCapacity: count) { planes, initialized in
      planes.initialize(repeating: -1)
      withView { $0.encode(placement, toPicture: nil, encoding: encoding, into: planes) }
      initialized = count
    }
  }
}
