import PoseCore

/// Pixels of a picture, such as those of a crowd.
public struct PixelMask: Sendable, Hashable {
  public let size: Size
  /// Row by row.
  private var values: [Bool]

  /// No pixel of a picture.
  ///
  /// - Throws: ``ImageError`` where the size is not positive or too large.
  public init(_ size: Size) throws(ImageError) {
    let (area, overflow) = size.width.multipliedReportingOverflow(by: size.height)
    guard size.width > 0, size.height > 0, !overflow, area <= 1 << 28 else {
      throw .invalidSize(width: size.width, height: size.height)
    }
    (self.size, values) = (size, Array(repeating: false, count: area))
  }

  /// Whether a pixel belongs; false outside the picture.
  public subscript(x: Int, y: Int) -> Bool {
    (0..<size.width).contains(x) && (0..<size.height).contains(y) && values[y * size.width + x]
  }

  /// How many pixels belong.
  public var count: Int { values.count { $0 } }

  /// Adds the pixels that a box touches.
  public mutating func fill(_ box: BoundingBox) {
    func range(_ start: Double, _ length: Double, _ limit: Int) -> Range<Int> {
      guard start.isFinite, length.isFinite, length > 0 else { return 0..<0 }
      let first = Int(min(max(start.rounded(.down), 0), Double(limit)))
      return first..<max(Int(min(max((start + length).rounded(.up), 0), Double(limit))), first)
    }
    let columns = range(box.x, box.width, size.width)
    for y in range(box.y, box.height, size.height) {
      for x in columns { values[y * size.width + x] = true }
    }
  }

  /// Adds runs down the columns, which begin with pixels that do not belong, as COCO has them.
  ///
  /// - Parameter runs: for a picture of this size; what is beyond it is left out.
  public mutating func fill(runs: [Int]) {
    var (place, belongs) = (0, false)
    for run in runs {
      let end = place + min(max(run, 0), values.count - place)
      if belongs {
        for index in place..<end { values[index % size.height * size.width + index / size.height] = true }
      }
      (place, belongs) = (end, !belongs)
    }
  }

  /// Adds the pixels inside an outline, as COCO's `rleFrPoly` counts them.
  ///
  /// - Parameter polygon: x and y of each corner in turn, in pixels counted from the corner of the first one.
  /// - Returns: false, and nothing is added, where the outline is so tangled that its length is out of proportion to the
  ///   picture.
  public mutating func fill(polygon: [Double]) -> Bool {
    let corners = stride(from: 0, to: polygon.count - 1, by: 2).map { index in
      (x: fifths(polygon[index], size.width), y: fifths(polygon[index + 1], size.height))
    }
    guard corners.count >= 3 else { return true }
    let sides = zip(corners, corners.dropFirst() + [corners[0]])
    let length = sides.reduce(0) { $0 + max(abs($1.0.x - $1.1.x), abs($1.0.y - $1.1.y)) + 1 }
    guard length <= 16 * values.count + 4096 else { return false }
    // Where, going down the columns one after the other, the inside begins or ends.
    var edges = Array(repeating: false, count: values.count + 1)
    var last: (x: Int, y: Int)?
    for (start, end) in sides {
      visit(from: start, to: end) { x, y in
        defer { last = (x, y) }
        guard let last, x != last.x else { return }
        let left = x < last.x ? x : x - 1
        // Between two columns of pixels, of which each is five fifths wide.
        guard (left - 2) % 5 == 0, left >= 2 else { return }
        let column = (left - 2) / 5
        guard column < size.width else { return }
        let middle = (Double(min(y, last.y)) + 0.5) / 5 - 0.5
        let row = Int(min(max(middle, 0), Double(size.height)).rounded(.up))
        edges[column * size.height + row].toggle()
      }
    }
    var isInside = false
    for column in 0..<size.width {
      for row in 0..<size.height {
        if edges[column * size.height + row] { isInside.toggle() }
        if isInside { values[row * size.width + column] = true }
      }
    }
    return true
  }

  /// A place in fifths of a pixel, not farther beyond the picture than it is wide.
  private func fifths(_ place: Double, _ extent: Int) -> Int {
    guard place.isFinite else { return 0 }
    return Int(min(max(5 * place + 0.5, Double(-5 * extent)), Double(10 * extent)))
  }

  /// Goes along a line, one fifth of a pixel at a time along its longer side.
  private func visit(from start: (x: Int, y: Int), to end: (x: Int, y: Int), _ body: (Int, Int) -> Void) {
    let (dx, dy) = (abs(end.x - start.x), abs(end.y - start.y))
    let isFlat = dx >= dy
    let isBackward = isFlat ? start.x > end.x : start.y > end.y
    let (first, other) = isBackward ? (end, start) : (start, end)
    let count = max(dx, dy)
    let slope = count == 0 ? 0 : Double(isFlat ? other.y - first.y : other.x - first.x) / Double(count)
    for step in 0...count {
      let along = isBackward ? count - step : step
      if isFlat {
        body(first.x + along, Int(Double(first.y) + slope * Double(along) + 0.5))
      } else {
        body(Int(Double(first.x) + slope * Double(along) + 0.5), first.y + along)
      }
    }
  }
}
