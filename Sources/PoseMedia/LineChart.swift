import PoseCore
import PoseImage

/// Lines over a common axis, with numbers on both axes, such as the loss or the score during training.
///
/// If all values are positive and the largest is more than 30 times the smallest, the vertical axis is logarithmic,
/// unless ``vertical`` is given. A point that is not finite interrupts its line.
public struct LineChart: Sendable {
  /// The text above the chart.
  public var title: String
  /// The name of the quantity on the horizontal axis.
  public var axis: String
  public var lines: [Line]
  /// The ends of the horizontal axis; nil for 0 and the last point.
  public var horizontal: ClosedRange<Double>?
  /// The values that the vertical axis shows at least, which is linear then; nil for those of the points.
  public var vertical: ClosedRange<Double>?
  /// The text after each number on the vertical axis, such as a degree sign.
  public var unit = ""
  /// Points that are marked by discs over the lines, and numbered from 1 in their order.
  public var marks: [Point] = []

  /// A line through points, whose `x` should rise.
  public struct Line: Sendable {
    /// The text beside the title, in the line's color. It is needed if there are several lines.
    public var name: String
    public var color: Color
    public var points: [Point]
    /// In pixels.
    public var width = 1.8
    /// Whether the lowest and the highest point are drawn where several share a column of pixels, and not their mean.
    public var keepsExtremes = false

    /// Creates a line.
    public init(name: String = "", color: Color, points: [Point]) {
      self.name = name
      self.color = color
      self.points = points
    }
  }

  /// Creates a chart.
  public init(title: String, axis: String, lines: [Line]) {
    self.title = title
    self.axis = axis
    self.lines = lines
  }
}

extension Image {
  /// Draws charts in rows, each of `width` x `height` pixels.
  ///
  /// - Throws: ``MediaError`` if there are no charts or no columns, or if a side would be longer than Cairo accepts
  ///   (32767 pixels).
  public static func charts(
    _ charts: [LineChart], columns: Int = 2, width: Int = 560, height: Int = 340
  ) throws(MediaError) -> Image {
    guard columns > 0, !charts.isEmpty else {
      throw .cannotDraw(reason: "\(charts.count) charts in \(columns) columns")
    }
    let columns = min(columns, charts.count)
    let rows = (charts.count + columns - 1) / columns
    guard rows > 0, width > 0, height > 0, width <= 32767 / columns, height <= 32767 / rows else {
      throw .cannotDraw(reason: "\(charts.count) charts of \(width) x \(height) pixels in \(columns) columns")
    }
    let canvas = try Canvas(ground(columns * width, rows * height))
    for (index, chart) in charts.enumerated() {
      let corner = Point(x: Double(index % columns * width), y: Double(index / columns * height))
      chart.draw(on: canvas, in: BoundingBox(x: corner.x, y: corner.y, width: Double(width), height: Double(height)))
    }
    return try canvas.image()
  }

  private static func ground(_ width: Int, _ height: Int) throws(MediaError) -> Image {
    do {
      return try Image(width: width, height: height, pixels: Array(repeating: 255, count: width * height * 3))
    } catch {
      throw .cannotDraw(reason: "\(error)")
    }
  }
}

extension LineChart {
  private static let ink = Color(red: 0.16, green: 0.19, blue: 0.26)
  private static let faint = Color(red: 0.87, green: 0.89, blue: 0.93)

  func draw(on canvas: Canvas, in frame: BoundingBox) {
    let (right, top) = (frame.x + frame.width, frame.y)
    let plot = BoundingBox(x: frame.x + 66, y: top + 42, width: frame.width - 90, height: frame.height - 92)
    let (bottom, size) = (plot.y + plot.height, 12.0)
    canvas.text(title, at: Point(x: plot.x, y: top + 28), size: 15, width: plot.width / 2, ink: Self.ink)
    var nameEnd = right - 24
    for line in lines.reversed() where !line.name.isEmpty {
      nameEnd -= canvas.width(of: line.name, size: size)
      canvas.text(line.name, at: Point(x: nameEnd, y: top + 28), size: size, ink: line.color)
      nameEnd -= size
    }
    func write(_ text: String, centeredAt center: Point) {
      let start = Point(x: center.x - canvas.width(of: text, size: size) / 2, y: center.y)
      canvas.text(text, at: start, size: size, ink: Self.ink)
    }
    write(axis, centeredAt: Point(x: plot.x + plot.width / 2, y: bottom + 38))

    let drawn = lines.map { line in line.points.split { !$0.isDrawable }.map(Array.init) }
    let points = drawn.flatMap { $0.joined() } + marks.filter(\.isDrawable)
    guard let xs = horizontalScale(points), let ys = verticalScale(points) else {
      return write("no values", centeredAt: Point(x: plot.x + plot.width / 2, y: plot.y + plot.height / 2))
    }
    func place(_ point: Point) -> Point {
      Point(x: plot.x + xs.place(of: point.x) * plot.width, y: bottom - ys.place(of: point.y) * plot.height)
    }
    for tick in ys.ticks {
      let y = bottom - ys.place(of: tick) * plot.height
      canvas.line(from: Point(x: plot.x, y: y), to: Point(x: plot.x + plot.width, y: y), width: 1, color: Self.faint)
      let text = ys.text(tick) + unit
      let start = plot.x - 8 - canvas.width(of: text, size: size)
      canvas.text(text, at: Point(x: start, y: y + 4), size: size, ink: Self.ink)
    }
    for tick in xs.ticks {
      let x = plot.x + xs.place(of: tick) * plot.width
      canvas.line(from: Point(x: x, y: bottom), to: Point(x: x, y: bottom + 4), width: 1, color: Self.ink)
      write(xs.text(tick), centeredAt: Point(x: x, y: bottom + 19))
    }
    canvas.line(
      from: Point(x: plot.x, y: bottom), to: Point(x: plot.x + plot.width, y: bottom), width: 1, color: Self.ink)
    for (line, parts) in zip(lines, drawn) {
      let parts = parts.map { part in
        let places = part.map(place)
        return line.keepsExtremes ? Self.extremes(places, width: 1) : Self.thinned(places, width: 1)
      }
      for part in parts { canvas.path(part, width: line.width, color: line.color) }
      if parts.reduce(0, { $0 + $1.count }) <= 40 {
        for point in parts.joined() { canvas.disc(at: point, radius: line.width * 1.45, color: line.color) }
      }
    }
    var numberEnd = -Double.infinity
    for (index, mark) in marks.enumerated() where mark.isDrawable {
      let (center, number) = (place(mark), "\(index + 1)")
      canvas.disc(at: center, radius: 3.5, color: Self.ink)
      // Numbers that would lie on each other are left out.
      let start = center.x - canvas.width(of: number, size: size) / 2
      guard start > numberEnd else { continue }
      numberEnd = start + canvas.width(of: number, size: size) + 3
      write(number, centeredAt: Point(x: center.x, y: max(center.y - 7, plot.y - 2)))
    }
  }

  private func horizontalScale(_ points: [Point]) -> ChartScale? {
    if points.isEmpty { return nil }
    if let horizontal { return ChartScale([horizontal.lowerBound, horizontal.upperBound], .exact) }
    return ChartScale(points.map(\.x), .fromZero)
  }

  private func verticalScale(_ points: [Point]) -> ChartScale? {
    guard let vertical else { return ChartScale(points.map(\.y)) }
    return ChartScale(points.map(\.y) + [vertical.lowerBound, vertical.upperBound], .linear)
  }

  /// The means of the points in each column of the given width, so that a line of many points is quick to draw and
  /// stays thin.
  static func thinned(_ points: [Point], width: Double) -> [Point] {
    var means: [Point] = []
    var column: Double?
    var (count, sum) = (0.0, Point(x: 0, y: 0))
    func mean() -> Point { Point(x: sum.x / count, y: sum.y / count) }
    for point in points {
      if let column, (point.x / width).rounded(.down) != column {
        means.append(mean())
        (count, sum) = (0, Point(x: 0, y: 0))
      }
      column = (point.x / width).rounded(.down)
      (count, sum) = (count + 1, Point(x: sum.x + point.x, y: sum.y + point.y))
    }
    if count > 0 { means.append(mean()) }
    return means
  }
  /// The lowest and the highest of the points in each column of the given width, in their order, so that no peak of a long
  /// line is lost.
  static func extremes(_ points: [Point], width: Double) -> [Point] {
    var kept: [Point] = []
    var index = 0
    while index < points.count {
      let column = (points[index].x / width).rounded(.down)
      var (lowest, highest, next) = (index, index, index + 1)
      while next < points.count, (points[next].x / width).rounded(.down) == column {
        if points[next].y < points[lowest].y { lowest = next }
        if points[next].y > points[highest].y { highest = next }
        next += 1
      }
      kept += Set([lowest, highest]).sorted().map { points[$0] }
      index = next
    }
    return kept
  }
}

extension Point {
  /// Whether a number of a point is neither missing nor beyond what an axis can show.
  fileprivate var isDrawable: Bool { abs(x) < 1e30 && abs(y) < 1e30 }
}
