import PoseCore

extension PairedKeypoints {
  /// The area under the curve of ``PCK`` over the thresholds 0, .05 ... .95.
  ///
  /// - Parameters:
  ///   - size: the number of pixels that distances are divided by, which is 30 in the published code.
  ///   - steps: the number of thresholds.
  /// - Throws: ``MetricError``.
  public func areaUnderCurve(size: Scalar = 30, steps: Int = 20) throws(MetricError) -> Double {
    let distances = try distances(dividedBy: Array(repeating: Size(size, size), count: count))
    return (0..<max(steps, 0)).reduce(0) { area, step in
      area + 1 / Double(steps) * PCK(distances, threshold: Double(step) / Double(steps)).mean
    }
  }
}
