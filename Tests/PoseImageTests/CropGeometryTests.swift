import PoseCore
import PoseImage
import TestSupport
import Testing

@Suite struct CropGeometryTests {
  @Test("boxes become the published centres and scales", .needsSharedData, arguments: PipelineGolden.names)
  func boxes(_ name: String) throws {
    let dataset = try #require(try PipelineGolden.datasets()[name])
    for instance in dataset.instances {
      guard let box = instance.bbox, let golden = instance.augmentations["none.std"] else { continue }
      let crop = CropGeometry(
        box: BoundingBox(x: box[0], y: box[1], width: box[2], height: box[3]), inputWidth: dataset.imageSize[0],
        inputHeight: dataset.imageSize[1])
      #expect([crop.center.x, crop.center.y] == golden.center, "\(instance.imageFile)")
      #expect([crop.scaleX, crop.scaleY] == golden.scale, "\(instance.imageFile)")
    }
  }

  @Test("matrices equal the published ones", .needsSharedData, arguments: PipelineGolden.names)
  func matrices(_ name: String) throws {
    let dataset = try #require(try PipelineGolden.datasets()[name])
    for instance in dataset.instances {
      for (tag, golden) in instance.augmentations {
        let matrix = golden.crop.transform(
          to: dataset.imageSize[0], height: dataset.imageSize[1], warp: tag.hasSuffix("udp") ? .udp : .standard)
        let expected = golden.matrix.flatMap(\.self)
        #expect(
          [matrix.a, matrix.b, matrix.tx, matrix.c, matrix.d, matrix.ty] == expected, "\(instance.imageFile) \(tag)")
      }
    }
  }

  @Test("an input's corners lie where the crop says", arguments: CropGeometry.Warp.allCases)
  func corners(_ warp: CropGeometry.Warp) throws {
    let crop = CropGeometry(
      box: BoundingBox(x: 100, y: 50, width: 90, height: 160), inputWidth: 192, inputHeight: 256)
    let inverse = try #require(crop.transform(to: 192, height: 256, warp: warp).inverse)
    let corner = inverse(Point(x: 0, y: 0))
    #expect(abs(corner.x - (crop.center.x - crop.scaleX * 100)) < 1e-3)
    #expect(abs(corner.y - (crop.center.y - crop.scaleY * 100)) < 1e-3)
  }

  @Test("heatmap positions lie in the image where their input pixels came from")
  func heatmapPositions() {
    let crop = CropGeometry(center: Point(x: 320, y: 240), scaleX: 1.5, scaleY: 2)
    let corner = crop.imagePoint(ofHeatmap: 0, y: 0, heatmapWidth: 48, heatmapHeight: 64, udp: false)
    #expect(corner == Point(x: 170, y: 40))
    let far = crop.imagePoint(ofHeatmap: 47, y: 63, heatmapWidth: 48, heatmapHeight: 64, udp: true)
    #expect(abs(far.x - 470) < 1e-3 && abs(far.y - 440) < 1e-3)
  }

  @Test("an empty box makes a crop of nothing, not a trap")
  func emptyBox() throws {
    let crop = CropGeometry(box: BoundingBox(x: 0, y: 0, width: 0, height: 0), inputWidth: 192, inputHeight: 256)
    let image = try Image(width: 2, height: 2, pixels: Array(repeating: 200, count: 12))
    for warp in CropGeometry.Warp.allCases {
      let result = try image.warped(by: crop.transform(to: 8, height: 8, warp: warp), width: 8, height: 8)
      #expect(result.pixels.count == 192)
    }
  }
}
