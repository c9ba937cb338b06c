import PoseCore

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

extension TargetMemory {
  /// Calls `body` with everybody's labelled joints, in pixels of maps of the given size.
  func forEachJoint(of scene: LabelledScene, on maps: Size, _ body: (_ person: Int, _ joint: Int, Point) -> Void) {
    let sized = TargetGrid(joints: grid.joints, input: grid.input, maps: maps)
    for (number, person) in scene.people.enumerated() {
      for (joint, label) in person.joints.prefix(grid.joints).enumerated() where label.isPlaced {
        body(number, joint, sized.onMaps(label.position, isUnbiased: false))
      }
    }
  }
}

extension LabelledKeypoint {
  /// Whether the joint is labelled, at a position that a picture could have.
  var isPlaced: Bool { isLabelled && position.x.magnitude < 1e9 && position.y.magnitude < 1e9 }
}

extension TargetMap {
  /// Whether a place lies on the map.
  func holds(_ place: Point) -> Bool {
    place.x >= 0 && place.y >= 0 && place.x < Double(width) && place.y < Double(height)
  }

  /// The map's pixel that a place lies in, cut to whole numbers; nil beyond the map.
  func cell(at place: Point) -> (x: Int, y: Int)? {
    let (x, y) = (Int(place.x), Int(place.y))
    return place.x > -1 && place.y > -1 && x < width && y < height ? (x, y) : nil
  }

  /// Raises the map to a Gaussian around a pixel, of three deviations and a pixel to all sides.
  func raiseGaussian(sigma: Double, around center: (x: Int, y: Int)) {
    let reach = Int((3 * sigma + 1).rounded())
    raise(
      toGaussianAround: Point(x: Double(center.x), y: Double(center.y)), sigma: sigma,
      columns: center.x - reach..<center.x + reach + 1, rows: center.y - reach..<center.y + reach + 1)
  }

  /// Raises the map to the Gaussian of a patch.
  func raise(_ patch: GaussianPatch, sigma: Double) {
    let shift = GaussianPatch.center(sigma: sigma)
    raise(
      toGaussianAround: Point(x: Double(patch.left + shift), y: Double(patch.top + shift)), sigma: sigma,
      columns: patch.columns(width: width), rows: patch.rows(height: height))
  }

  /// Raises the map to a Gaussian, in the pixels of these columns and rows that it has.
  func raise(toGaussianAround center: Point, sigma: Double, columns: Range<Int>, rows: Range<Int>) {
    for row in rows.clamped(to: 0..<height) {
      for column in columns.clamped(to: 0..<width) {
        let (across, down) = (Double(column) - center.x, Double(row) - center.y)
        let value = Float(exp(-(across * across + down * down) / (2 * sigma * sigma)))
        values[row * width + column] = max(values[row * width + column], value)
      }
    }
  }
}
