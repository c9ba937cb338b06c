import PoseCore
import Testing

struct SegmentationMaskTests {
  private static let mask = SegmentationMask(
    size: Size(height: 2, width: 3), labels: [1, 1, 0, 255, 1, 7], classes: ["background", "person"],
    scores: [0.5, 1, 0.25, 1, 0.75, 0.5])

  @Test("shares are of all pixels, the most frequent class first, without ignored pixels")
  func shares() {
    let shares = Self.mask.shares
    #expect(shares.map(\.label) == [1, 0, 7])
    #expect(shares.map(\.name) == ["person", "background", nil])
    #expect(shares.map(\.pixels) == [3, 1, 1])
    #expect(shares[0].share == 0.5 && shares[0].score == 0.75)
    #expect(Self.mask.counts[255] == 1 && Self.mask.counts.reduce(0, +) == 6)
  }

  @Test("a mask without scores has none for its classes")
  func noScores() {
    var mask = Self.mask
    mask.scores = nil
    #expect(mask.shares.allSatisfy { $0.score == nil })
  }

  @Test("pixels are found by row and column")
  func pixels() {
    #expect(Self.mask[0, 2] == 0 && Self.mask[1, 0] == 255 && Self.mask[1, 2] == 7)
  }

  @Test("datasets' classes have a color each", arguments: SegmentationClasses.all)
  func colors(_ known: SegmentationClasses) {
    #expect(known.classes.count == known.colors.count && Set(known.colors).count == known.colors.count)
    #expect(known.colors.allSatisfy { $0.count == 3 })
    #expect(SegmentationClasses.colors(of: known.classes) == known.colors)
  }

  @Test("other classes have different colors, and only a background is black", arguments: [1, 2, 100, 254])
  func otherColors(_ count: Int) {
    let names = (0..<count).map { "class \($0)" }
    let colors = SegmentationClasses.colors(of: names)
    #expect(Set(colors).count == count && !colors.contains([0, 0, 0]))
    #expect(SegmentationClasses.colors(of: ["background"] + names)[0] == [0, 0, 0])
  }

  // As the dataset's own tools print the palette.
  @Test(
    "PASCAL VOC's palette",
    arguments: [(0, [0, 0, 0]), (1, [128, 0, 0]), (15, [192, 128, 128]), (20, [0, 64, 128])])
  func palette(_ label: Int, _ color: [UInt8]) {
    #expect(SegmentationClasses.voc.colors[label] == color)
  }
}
