import Foundation
import PoseCore
import PoseImage
import Testing

@testable import PoseMedia

struct LineChartTests {
  private static let red = Color(red: 1, green: 0, blue: 0)

  private func chart(_ values: [Double]) -> LineChart {
    let points = values.enumerated().map { Point(x: Double($0), y: $1) }
    return LineChart(title: "loss", axis: "epoch", lines: [.init(color: Self.red, points: points)])
  }

  @Test(
    "an axis has a few round numbers, in order, that lie on it",
    arguments: [
      ([0, 1], [0, 0.2, 0.4, 0.6, 0.8, 1]), ([0.31, 0.68], [0.3, 0.4, 0.5, 0.6, 0.7]),
      ([-4, 6], [-4, -2, 0, 2, 4, 6]),
      ([1e-4, 1e-1], [1e-4, 2e-4, 5e-4, 1e-3, 2e-3, 5e-3, 1e-2, 2e-2, 5e-2, 1e-1]),
      ([1e-6, 1], [1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 1e-1, 1]),
    ] as [([Double], [Double])])
  func ticks(_ values: [Double], _ expected: [Double]) throws {
    let scale = try #require(ChartScale(values))
    #expect(scale.ticks.count == expected.count)
    for (tick, expected) in zip(scale.ticks, expected) { #expect(abs(tick - expected) <= 1e-9 * abs(expected) + 1e-12) }
    #expect(scale.ticks.allSatisfy { -1e-6...1 + 1e-6 ~= scale.place(of: $0) })
  }

  @Test(
    "any values have an axis",
    arguments: [
      [0], [5], [-5], [0.001, 0.001], [.leastNonzeroMagnitude], [0, .leastNonzeroMagnitude], [1e-300, 1],
      [1e29, -1e29], [1, 1 + 1e-15], [1e-29, 1e29],
    ] as [[Double]])
  func degenerateAxes(_ values: [Double]) throws {
    for ends in [ChartScale.Ends.automatic, .linear, .fromZero, .exact] {
      let scale = try #require(ChartScale(values, ends))
      #expect((0...20).contains(scale.ticks.count))
      #expect(scale.ticks == scale.ticks.sorted())
      for value in values { #expect(-1e-6...1 + 1e-6 ~= scale.place(of: value)) }
    }
  }

  @Test("a line is drawn where its values are, and only there")
  func places() throws {
    let image = try Image.charts([chart([0, 1])], width: 300, height: 200)
    #expect((image.width, image.height) == (300, 200))
    // From the lower left of the axes to the upper right.
    #expect(image.pixel(66, 150) == [255, 0, 0] && image.pixel(276, 42) == [255, 0, 0])
    #expect(image.pixel(80, 60) == [255, 255, 255])
  }

  @Test("a point that is not finite interrupts the line")
  func gaps() throws {
    var whole = chart([1, 1, 1, 1, 1])
    whole.vertical = 0...2
    var broken = whole
    broken.lines[0].points[2].y = .nan
    let (all, gap) = (
      try Image.charts([whole], width: 300, height: 200), try Image.charts([broken], width: 300, height: 200)
    )
    // The axes end at 66 and 276, 42 and 150; the middle of the line is in the gap.
    #expect(all.pixel(171, 96) == [255, 0, 0] && gap.pixel(171, 96) != [255, 0, 0])
    for x in [66, 100, 240, 276] { #expect(gap.pixel(x, 96) == [255, 0, 0]) }
  }

  @Test("an axis has the ends that were given, and is linear where that is said")
  func ends() throws {
    var late = chart([1, 30.5, 60])
    (late.horizontal, late.vertical) = (-2...2, 1...60)
    let image = try Image.charts([late], width: 300, height: 200)
    // The line begins in the middle of the axis, and its middle is half way up.
    #expect(image.pixel(100, 150) != [255, 0, 0] && image.pixel(171, 148) == [255, 0, 0])
    #expect(image.pixel(223, 95) == [255, 0, 0] && image.pixel(276, 42) == [255, 0, 0])
  }

  @Test("marks are discs over the lines")
  func marks() throws {
    var marked = chart([0, 1])
    marked.marks = [Point(x: 1, y: 0.5), Point(x: 0.5, y: .nan)]
    let (image, plain) = (
      try Image.charts([marked], width: 300, height: 200), try Image.charts([chart([0, 1])], width: 300, height: 200)
    )
    #expect(plain.pixel(276, 98) == [255, 255, 255] && image.pixel(276, 98).max() ?? 255 < 80)
  }

  @Test("a line that keeps its extremes shows a single peak among many points")
  func extremes() {
    let points = (0..<100_000).map { Point(x: Double($0) / 1000, y: $0 == 50_500 ? 7 : Double($0 % 2)) }
    let kept = LineChart.extremes(points, width: 1)
    #expect(kept.count == 200 && kept.contains(points[50_500]))
    #expect(zip(kept, kept.dropFirst()).allSatisfy { $0.x < $1.x })
    #expect(LineChart.extremes([points[3]], width: 1) == [points[3]] && LineChart.extremes([], width: 1).isEmpty)
  }

  @Test("charts stand in rows")
  func rows() throws {
    let image = try Image.charts(Array(repeating: chart([1, 2, 3]), count: 3), columns: 2, width: 200, height: 150)
    #expect((image.width, image.height) == (400, 300))
    #expect(image.pixel(300, 250) == [255, 255, 255])
  }

  @Test("a chart without points, or with none that are finite, is drawn without a line")
  func nothing() throws {
    let empty = try Image.charts([chart([])])
    #expect(try Image.charts([chart([.nan, .infinity, -.infinity, 1e300])]) == empty)
    #expect(!empty.pixels.elementsEqual(Array(repeating: 255, count: empty.pixels.count)))
  }

  @Test("long lines are thinned to one point a column, their mean")
  func thinned() {
    let points = (0..<100_000).map { Point(x: Double($0) / 1000, y: Double($0 % 2)) }
    let thinned = LineChart.thinned(points, width: 1)
    #expect(thinned.count == 100)
    #expect(thinned.allSatisfy { abs($0.y - 0.5) < 1e-9 })
  }

  @Test(
    "charts that no picture holds are refused",
    arguments: [(0, 500, 300), (1, 0, 300), (1, 40_000, 300), (400, 10, 300)])
  func refused(_ count: Int, _ width: Int, _ height: Int) throws {
    let charts = Array(repeating: chart([1]), count: count)
    #expect(throws: MediaError.self) { try Image.charts(charts, columns: 1, width: width, height: height) }
  }

  @Test("charts and pictures in no columns are refused", arguments: [0, -1])
  func noColumns(_ columns: Int) throws {
    let tile = PictureTile(image: try Image.noise(4, 4), caption: "")
    #expect(throws: MediaError.self) { try Image.charts([chart([1])], columns: columns) }
    #expect(throws: MediaError.self) { try Image.sheet([tile], columns: columns) }
  }
}
