/// CrowdPose's numbers (Li et al., CVPR 2019): COCO's numbers over all sizes, and the average precision in easy, medium
/// and hard images.
///
/// They equal those of xtcocotools, except that xtcocotools rounds the easy, medium and hard values to four digits and
/// this type does not.
public struct CrowdPoseAP: Sendable, Hashable {
  public var ap: Double
  public var ap50: Double
  public var ap75: Double
  public var ar: Double
  public var ar50: Double
  public var ar75: Double
  /// Average precision in images whose crowd index is below the first bound.
  public var apEasy: Double
  public var apMedium: Double
  /// Average precision in images whose crowd index is equal to or above the second bound.
  public var apHard: Double

  /// Computes the metric.
  ///
  /// - Parameter bounds: the crowd indices at which medium and hard images begin. The published tools take .2 and .8;
  ///   the paper says .1 and .8.
  /// - Throws: ``MetricError``, also if an image has no crowd index.
  public init(
    _ images: [EvaluatedImage], rules: KeypointRules = .crowdPose, bounds: (medium: Double, hard: Double) = (0.2, 0.8)
  ) throws(MetricError) {
    try self.init(try COCOMatches(images, rules: rules), bounds)
  }

  init(_ matches: COCOMatches, _ bounds: (medium: Double, hard: Double)) throws(MetricError) {
    let all = COCOKeypointAP(matches)
    (ap, ap50, ap75, ar, ar50, ar75) = (all.ap, all.ap50, all.ap75, all.ar, all.ar50, all.ar75)
    func precision(_ isIncluded: (Double) -> Bool) throws(MetricError) -> Double {
      let level = try matches.filter { (match) throws(MetricError) in
        guard let index = match.crowdIndex else { throw .noCrowdIndex(id: match.id) }
        return isIncluded(index)
      }
      return level.curves(.all).meanPrecision()
    }
    apEasy = try precision { $0 < bounds.medium }
    apMedium = try precision { $0 >= bounds.medium && $0 < bounds.hard }
    apHard = try precision { $0 >= bounds.medium && $0 >= bounds.hard }
  }

  /// The numbers by name: `AP`, `AP50`, `AP75`, `APE`, `APM`, `APH`, `AR`, `AR50`, `AR75`.
  public var values: [MetricValue] {
    [
      MetricValue("AP", ap), MetricValue("AP50", ap50), MetricValue("AP75", ap75), MetricValue("APE", apEasy),
      MetricValue("APM", apMedium), MetricValue("APH", apHard), MetricValue("AR", ar), MetricValue("AR50", ar50),
      MetricValue("AR75", ar75),
    ]
  }
}
