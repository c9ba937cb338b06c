import PoseCore
import PoseFormats
import PoseImage
import PoseMedia
import TestSupport
import Testing

@Suite struct WarpTests {
  @Test("synthetic pictures are warped as OpenCV does, byte for byte")
  func synthetic() throws {
    let golden = try GoldenFile.archive("golden/pipeline/warp_synthetic.npz")
    let source = try golden.tensor("image_syn")
    let image = try Image(width: source.shape[1], height: source.shape[0], pixels: source.bytes)
    let names = golden.names.filter { $0.hasPrefix("M.") }
    #expect(!names.isEmpty)
    for name in names {
      let m = try golden.tensor(name).floats.map(Double.init)
      let key = name.dropFirst(2)
      let matrix = try matrix(golden.tensor(name).bytes, count: m.count)
      let expected = try golden.tensor("syn.\(key)")
      let result = try image.warped(by: matrix, width: expected.shape[1], height: expected.shape[0])
      #expect(result.pixels == expected.bytes, "\(name)")
    }
  }

  @Test("crops equal the published pipelines' byte for byte", .needsSharedData, arguments: PipelineGolden.names)
  func crops(_ name: String) throws {
    let dataset = try #require(try PipelineGolden.datasets()[name])
    let golden = try NumpyArchive(contentsOf: SharedData.url("golden/pipeline/pipeline.npz").path)
    let (width, height) = (dataset.imageSize[0], dataset.imageSize[1])
    var compared = 0
    for instance in dataset.instances {
      let image = try Image(contentsOf: PipelineGolden.picture(instance.imageFile))
      for (tag, augmentation) in instance.augmentations {
        guard golden.names.contains("\(name).\(instance.index).\(tag).crop") else { continue }
        let expected = try golden.tensor("\(name).\(instance.index).\(tag).crop")
        // The published pipeline mirrors the picture first; its centre is stored for the mirrored one.
        let matrix = augmentation.crop.transform(
          to: Size(height: height, width: width), warp: tag.hasSuffix("udp") ? .udp : .standard)
        let result = try image.warped(
          by: matrix, width: width, height: height, isMirrored: tag.contains("flip"))
        #expect(result.pixels == expected.bytes, "\(instance.imageFile) \(tag)")
        compared += 1
      }
    }
    #expect(compared > 0)
  }

  @Test("normalised planes equal the published ones", .needsSharedData)
  func normalised() throws {
    let dataset = try #require(try PipelineGolden.datasets()["coco"])
    let golden = try NumpyArchive(contentsOf: SharedData.url("golden/pipeline/pipeline.npz").path)
    let expected = try golden.tensor("coco.0.none.std.normalized").floats
    let instance = try #require(dataset.instances.first)
    let crop = try #require(instance.augmentations["none.std"]).crop
    let image = try Image(contentsOf: PipelineGolden.picture(instance.imageFile))
    var planes = Array(repeating: Float(0), count: expected.count)
    planes.withUnsafeMutableBufferPointer {
      let (size, planes) = (Size(height: 256, width: 192), $0)
      image.withView {
        $0.warp(by: crop.transform(to: size, warp: .standard), to: size, encoding: PixelEncoding(), into: planes)
      }
    }
    #expect(planes == expected)
  }

  // The definition, pixel by pixel, at all borders: crops reach beyond the picture, lie beside it, are mirrored or turned.
  @Test("pixels are blends of their four neighbours in OpenCV's fixed point", arguments: 0..<40)
  func definition(_ seed: Int) throws {
    let (width, height) = (3 + seed * 7 % 23, 1 + seed * 5 % 17)
    let image = try Image(
      width: width, height: height, pixels: (0..<width * height * 3).map { UInt8(($0 * 7919 + seed * 131) % 256) })
    let step = [0.3, -0.45, 1, 2.7, 40][seed % 5]
    let turn = seed % 4 == 3 ? 0.2 : 0
    let back = AffineTransform(
      a: step, b: turn, tx: Double(seed % 13) - 6.3, c: -turn, d: step.magnitude * 0.9, ty: Double(seed % 7) - 4.1)
    let transform = try #require(back.inverse)
    let inverse = try #require(transform.inverse)
    let result = try image.warped(by: transform, width: 37, height: 19)
    func fixed(_ value: Double) -> Int { Int((value * 1024).rounded(.toNearestOrEven)) }
    for y in 0..<19 {
      for x in 0..<37 {
        let u = (fixed(inverse.b * Double(y) + inverse.tx) + 16 + fixed(inverse.a * Double(x))) >> 5
        let v = (fixed(inverse.d * Double(y) + inverse.ty) + 16 + fixed(inverse.c * Double(x))) >> 5
        for channel in 0..<3 {
          func value(_ column: Int, _ row: Int) -> Int {
            guard column >= 0, row >= 0, column < width, row < height else { return 0 }
            return Int(image.pixels[(row * width + column) * 3 + channel])
          }
          let (left, top, fx, fy) = (u >> 5, v >> 5, u & 31, v & 31)
          let above = value(left, top) * (32 - fx) + value(left + 1, top) * fx
          let below = value(left, top + 1) * (32 - fx) + value(left + 1, top + 1) * fx
          let expected = (above * (32 - fy) + below * fy + 512) >> 10
          #expect(Int(result.pixels[(y * 37 + x) * 3 + channel]) == expected, "\(x) \(y)")
        }
      }
    }
  }

  @Test("a mirrored picture is sampled as if its copy were", arguments: 0..<24)
  func mirrored(_ seed: Int) throws {
    let (width, height) = (2 + seed * 7 % 23, 1 + seed * 5 % 17)
    let image = try Image(
      width: width, height: height, pixels: (0..<width * height * 3).map { UInt8(($0 * 7919 + seed * 131) % 256) })
    let turn = seed % 2 == 0 ? 0 : 0.2
    let transform = AffineTransform(
      a: [0.4, 1.7, -2, 1][seed % 4], b: turn, tx: Double(seed % 11) - 4.2, c: -turn, d: 1.3, ty: Double(seed % 7) - 2.1
    )
    let expected = try image.mirrored().warped(by: transform, width: 37, height: 19)
    #expect(try image.warped(by: transform, width: 37, height: 19, isMirrored: true) == expected)
  }

  @Test("the identity changes nothing")
  func identity() throws {
    let image = try Image(width: 5, height: 3, pixels: (0..<45).map { UInt8($0 * 5) })
    #expect(try image.warped(by: .identity, width: 5, height: 3) == image)
  }

  @Test(
    "matrices without inverse, infinite or huge make black, not a trap",
    arguments: [0, .nan, .infinity, -.infinity, 1e300, 1e-300, .leastNonzeroMagnitude])
  func degenerate(_ value: Double) throws {
    let image = try Image(width: 4, height: 4, pixels: Array(repeating: 255, count: 48))
    for matrix in [
      AffineTransform(a: value, b: value, tx: value, c: value, d: value, ty: value),
      AffineTransform(a: value, b: 0, tx: 1e18, c: 0, d: value, ty: -1e18),
      AffineTransform(a: 1, b: 0, tx: value, c: 0, d: 1, ty: 0),
    ] {
      #expect(try image.warped(by: matrix, width: 6, height: 6).pixels.count == 108)
    }
  }

  @Test("a transform and its inverse cancel", arguments: 0..<20)
  func inverse(_ seed: Int) throws {
    let angle = Double(seed)
    let transform = AffineTransform(
      a: 1.3 + angle, b: -0.4 * angle, tx: 17, c: 0.2 * angle, d: 0.7 + angle, ty: -angle)
    let back = try #require(transform.inverse)
    let point = back(transform(Point(x: 3, y: -8)))
    #expect(abs(point.x - 3) < 1e-9 && abs(point.y + 8) < 1e-9)
  }

  private func matrix(_ bytes: [UInt8], count: Int) throws -> AffineTransform {
    let width = bytes.count / count
    let values = (0..<count).map { index in
      bytes[index * width..<(index + 1) * width].withUnsafeBytes {
        width == 8 ? $0.loadUnaligned(as: Double.self) : Double($0.loadUnaligned(as: Float.self))
      }
    }
    return AffineTransform(a: values[0], b: values[1], tx: values[2], c: values[3], d: values[4], ty: values[5])
  }
}

extension Image {
  /// Left and right exchanged.
  fileprivate func mirrored() throws -> Image {
    var result = pixels
    for y in 0..<height {
      for x in 0..<width {
        for channel in 0..<3 {
          result[(y * width + x) * 3 + channel] = pixels[(y * width + width - 1 - x) * 3 + channel]
        }
      }
    }
    return try Image(width: width, height: height, pixels: result)
  }
}
