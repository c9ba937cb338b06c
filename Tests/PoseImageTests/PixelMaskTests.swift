import PoseCore
import TestSupport
import Testing

@testable import PoseImage

/// Pixels of areas, against pycocotools.
@Suite struct PixelMaskTests {
  static let size = Size(height: 60, width: 80)

  static func values(_ mask: PixelMask) -> [Float] {
    (0..<mask.size.height).flatMap { y in (0..<mask.size.width).map { mask[$0, y] ? 1 : 0 } }
  }

  @Test("outlines have the pixels that pycocotools gives them", arguments: 0..<5)
  func outlines(_ number: Int) throws {
    let golden = try GoldenFile.ownArchive("scenes.npz")
    var mask = try PixelMask(Self.size)
    let isSound = mask.fill(polygon: try golden.tensor("mask.polygon.\(number)").floats.map(Double.init))
    #expect(isSound)
    let area = Self.size.width * Self.size.height
    let expected = try golden.tensor("mask.polygons").floats[number * area..<(number + 1) * area]
    #expect(Self.values(mask) == Array(expected))
  }

  @Test("runs have the pixels of the outlines that they were made of")
  func runs() throws {
    let golden = try GoldenFile.ownArchive("scenes.npz")
    var mask = try PixelMask(Self.size)
    mask.fill(runs: try golden.tensor("mask.runs").floats.map { Int($0) })
    #expect(try Self.values(mask) == golden.tensor("mask.merged").floats)
  }

  @Test("what lies beyond the picture, is no number or too tangled adds nothing")
  func wild() throws {
    var mask = try PixelMask(Size(height: 8, width: 8))
    let outlines: [[Double]] = [
      [.nan, 1, 3, .infinity, -1e30, 5], [-1e9, -1e9, -1e8, -1e9, -1e8, -1e8], [], [1, 2, 3],
    ]
    let areSound = outlines.map { mask.fill(polygon: $0) }
    #expect(areSound == [true, true, true, true] && mask.count < 64)
    var other = try PixelMask(Size(height: 8, width: 8))
    let tangle = (0..<4000).flatMap { (corner: Int) -> [Double] in [Double(corner % 2 * 8), Double(corner % 3)] }
    let isSound = other.fill(polygon: tangle)
    #expect(!isSound)
    other.fill(BoundingBox(x: .nan, y: 0, width: 1, height: 1))
    other.fill(BoundingBox(x: 20, y: 20, width: 1e300, height: 4))
    other.fill(runs: [70, 5])
    #expect(other.count == 0)
    other.fill(BoundingBox(x: 1.5, y: -3, width: 2, height: 4.5))
    #expect(other.count == 6 && other[1, 0] && other[3, 1] && !other[0, 0])
    other.fill(runs: [60, .max])
    #expect(other[7, 7] && !other[-1, 0] && !other[8, 0])
    #expect(throws: ImageError.self) { try PixelMask(Size(height: 0, width: 3)) }
    #expect(throws: ImageError.self) { try PixelMask(Size(height: .max, width: .max)) }
  }
}
