import PoseCore

/// Moves joints that were found by the way from a center to peaks of their heatmap, and between the pixels.
///
/// Follows `match_pose_to_heatmap` of HRNet/DEKR: the nearest of the highest peaks, and the center of a Gaussian that is fitted
/// to the heatmap around it.
struct PeakMatching {
  /// The most peaks, the highest ones.
  var limit: Int
  /// How far a joint is moved at most, in pixels.
  var distance: Float = 75
  /// What a joint's score must exceed for a fit.
  var threshold: Float = 0.05
  /// How many pixels a fit sees to each side.
  var reach = 6
  /// The Gaussian's deviation where a fit starts.
  var deviation = 2.0

  /// - Parameters:
  ///   - map: one joint's heights.
  ///   - joints: that joint of each person, in pixels of the map, and its score.
  /// - Returns: where each person's joint is.
  func callAsFunction(
    _ map: [Float], _ size: Size, _ joints: [(position: SIMD2<Float>, score: Float)]
  ) -> [SIMD2<Float>] {
    let peaks = CenterPeaks(window: 5, limit: limit, threshold: 0)(map[...], size).map {
      SIMD2(Float($0.place % size.width), Float($0.place / size.width))
    }
    return joints.map { joint in
      func distance(_ peak: SIMD2<Float>) -> Float {
        let way = joint.position - peak
        return (way * way).sum().squareRoot()
      }
      var position = joint.position
      if let nearest = peaks.min(by: { distance($0) < distance($1) }), distance(nearest) < self.distance {
        position = nearest
      }
      return joint.score > threshold ? fitted(position, map, size) : position
    }
  }

  /// The middle of the Gaussian around a position; the position where there is none.
  private func fitted(_ position: SIMD2<Float>, _ map: [Float], _ size: Size) -> SIMD2<Float> {
    func pixel(_ value: Float, _ extent: Int) -> Int { Int(min(max(value + 0.5, 0), Float(extent - 1))) }
    func window(_ middle: Int, _ extent: Int) -> ClosedRange<Int> {
      max(middle - reach, 0)...min(middle + reach, extent - 1)
    }
    let (x, y) = (pixel(position.x, size.width), pixel(position.y, size.height))
    let (columns, rows) = (window(x, size.width), window(y, size.height))
    let values = rows.flatMap { y in columns.map { x in map[y * size.width + x] } }
    // At a border, where the window is no square, the published code takes it for one whose sides changed places. So do we.
    let samples = values.enumerated().map { index, value in
      GaussianFit.Sample(x: Double(index % rows.count), y: Double(index / rows.count), value: Double(value))
    }
    let fit = GaussianFit(
      samples, height: Double(map[y * size.width + x]), x: Double(x - columns.lowerBound),
      y: Double(y - rows.lowerBound), deviation: deviation)
    guard let fit else { return position }
    return SIMD2(Float(Double(columns.lowerBound) + fit.x), Float(Double(rows.lowerBound) + fit.y))
  }
}
