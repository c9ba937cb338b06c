import PoseCore

/// Where something came from: a line that fades towards its beginning.
public struct Trail: Sendable, Hashable {
  /// In pixels of the picture, the latest last. Points far outside the picture and those that are not finite are left out.
  public var points: [Point]
  public var color: Color

  public init(points: [Point], color: Color) { (self.points, self.color) = (points, color) }

  func draw(on canvas: Canvas, width: Int, height: Int) {
    // Cairo's coordinates end at about 8 million.
    let (columns, rows) = (Double(width), Double(height))
    let near = points.filter { -columns...2 * columns ~= $0.x && -rows...2 * rows ~= $0.y }
    let diagonal = (columns * columns + rows * rows).squareRoot()
    canvas.fadingPath(near, width: max(diagonal * 0.004, 1.5), color: color)
  }
}
