import PoseCore

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

extension TargetEncoder {
  /// DARK's Gaussian covers the whole map, so that its logarithm is a parabola everywhere.
  func writeDARK(_ position: Point, sigma: Double, to map: TargetMap) -> Bool {
    let place = onHeatmap(position)
    let reach = sigma * 3
    guard place.x - reach < Double(map.width), place.y - reach < Double(map.height), place.x + reach + 1 >= 0,
      place.y + reach + 1 >= 0
    else { return false }
    map.writeGaussian(around: place, sigma: sigma, columns: 0..<map.width, rows: 0..<map.height)
    return true
  }

  /// UDP's ends after three deviations from the nearest pixel.
  func writeUDP(_ position: Point, sigma: Double, to map: TargetMap) -> Bool {
    let place = onHeatmap(position)
    let (x, y) = (Int(place.x + 0.5), Int(place.y + 0.5))
    guard let patch = GaussianPatch(aroundX: x, y: y, sigma: sigma, width: map.width, height: map.height) else {
      return false
    }
    // The published Gaussian moves with its patch where that was rounded.
    let shift = GaussianPatch.center(sigma: sigma)
    let center = Point(x: place.x + Double(patch.left + shift - x), y: place.y + Double(patch.top + shift - y))
    map.writeGaussian(
      around: center, sigma: sigma, columns: patch.columns(width: map.width), rows: patch.rows(height: map.height))
    return true
  }
}

extension TargetMap {
  /// A Gaussian is a column's factor times a row's: as many exponentials as columns and rows.
  fileprivate func writeGaussian(around center: Point, sigma: Double, columns: Range<Int>, rows: Range<Int>) {
    func factor(_ distance: Double) -> Float { Float(exp(-distance * distance / (2 * sigma * sigma))) }
    withUnsafeTemporaryAllocation(of: Float.self, capacity: columns.count) { factors in
      for (index, column) in columns.enumerated() {
        factors.initializeElement(at: index, to: factor(Double(column) - center.x))
      }
      for row in rows {
        let rowFactor = factor(Double(row) - center.y)
        let start = row * width + columns.lowerBound
        for index in 0..<columns.count { values[start + index] = rowFactor * factors[index] }
      }
    }
  }
}
