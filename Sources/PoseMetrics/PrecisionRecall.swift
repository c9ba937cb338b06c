/// Precision at each level of recall, for one threshold of similarity.
public struct PrecisionRecall: Sendable, Hashable {
  /// The least object keypoint similarity at which a result counts as right.
  public var threshold: Double
  /// The precision at the recalls 0, .01 ... 1.
  public var precision: [Double]
  /// The highest recall that the results reach.
  public var recall: Double
}

#if canImport(CJSON)
  extension COCOComparison {
    /// The curves whose mean is the average precision, one for each threshold .5, .55 ... .95. The array is empty if
    /// there is nobody to find.
    ///
    /// - Throws: ``MetricError``.
    public func precisionRecall(rules: KeypointRules = .coco) throws(MetricError) -> [PrecisionRecall] {
      let curves = try COCOMatches(self, rules: rules).curves(.all)
      guard let curve = curves.first else { return [] }
      return zip(COCOMatches.thresholds, zip(curve.precision, curve.recall)).map {
        PrecisionRecall(threshold: $0, precision: $1.0, recall: $1.1)
      }
    }
  }
#endif
