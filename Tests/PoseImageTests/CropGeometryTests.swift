import PoseCore
import PoseImage
import TestSupport
import Testing

@Suite struct CropGeometryTests {
  @Test("boxes become the published centres and scales", arguments: PipelineGolden.names)
  func boxes(_ name: String) throws {
    let dataset = try #require(try PipelineGolden.datasets()[name])
    for instance in dataset.instances {
      guard let box = instance.bbox, let golden = instance.augmentations["none.std"] else { continue }
      let crop = CropGeometry(
        box: BoundingBox(x: box[0], y: box[1], width: box[2], height: box[3]),
        input: Size(height: dataset.imageSize[1], width: dataset.imageSize[0]))
      #expect([crop.center.x, crop.center.y] == golden.center, "\(instance.imageFile)")
      #expect([crop.scaleX, crop.scaleY] == golden.scale, "\(instance.imageFile)")
    }
  }

  @Test("matrices equal the published ones", arguments: PipelineGolden.names)
  func matrices(_ name: String) throws {
    let dataset = try #require(try PipelineGolden.datasets()[name])
    for instance in dataset.instances {
      for (tag, golden) in instance.augmentations {
        let matrix = golden.crop.transform(
          to: Size(height: dataset.imageSize[1], width: dataset.imageSize[0]),
          warp: tag.hasSuffix("udp") ? .udp : .standard)
        let expected = golden.matrix.flatMap(\.self)
        #expect(
          [matrix.a, matrix.b, matrix.tx, matrix.c, matrix.d, matrix.ty] == expected, "\(instance.imageFile) \(tag)")
      }
    }
  }

  @Test("an input's corners lie where the crop says", arguments: Warp.allCases)
  func corners(_ warp: Warp) throws {
    let crop = CropGeometry(
      box: BoundingBox(x: 100, y: 50, width: 90, height: 160), input: Size(height: 256, width: 192))
    let inverse = try #require(crop.transform(to: Size(height: 256, width: 192), warp: warp).inverse)
    let corner = inverse(Point(x: 0, y: 0))
    #expect(abs(corner.x - (crop.center.x - crop.scaleX * 100)) < 1e-3)
    #expect(abs(corner.y - (crop.center.y - crop.scaleY * 100)) < 1e-3)
  }

  @Test("heatmap positions lie in the image where their input pixels came from")
  func heatmapPositions() {
    let crop = CropGeometry(center: Point(x: 320, y: 240), scaleX: 1.5, scaleY: 2)
    let corner = crop.imagePoint(of: Point(x: 0, y: 0), on: Size(height: 64, width: 48), warp: .standard)
    #expect(corner == Point(x: 170, y: 40))
    let far = crop.imagePoint(of: Point(x: 47, y: 63), on: Size(height: 64, width: 48), warp: .udp)
    #expect(abs(far.x - 470) < 1e-3 && abs(far.y - 440) < 1e-3)
  }

  @Test("an empty box makes a crop of nothing, not a trap")
  func emptyBox() throws {
    let crop = CropGeometry(box: BoundingBox(x: 0, y: 0, width: 0, height: 0), input: Size(height: 256, width: 192))
    let image = try Image(width: 2, height: 2, pixels: Array(repeating: 200, count: 12))
    for warp in Warp.allCases {
      let result = try image.warped(by: crop.transform(to: Size(height: 8, width: 8), warp: warp), width: 8, height: 8)
      #expect(result.pixels.count == 192)
    }
  }
}
