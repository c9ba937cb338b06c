import PoseCore

extension PairedKeypoints {
  /// The end-point error: the mean distance between annotated and predicted joints, in pixels.
  ///
  /// - Throws: ``MetricError``.
  public func endPointError() throws(MetricError) -> Double {
    try normalizedMeanError(sizes: Array(repeating: Size(1, 1), count: count))
  }
}
