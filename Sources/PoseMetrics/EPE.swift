import PoseCore

extension PairedKeypoints {
  /// The end-point error: the mean distance of the annotated joints in pixels.
  public func endPointError() throws(MetricError) -> Double {
    try normalizedMeanError(sizes: Array(repeating: Size(1, 1), count: count))
  }
}
