/// COCO's ten numbers for keypoints (Lin et al., ECCV 2014): average precision and average recall by object keypoint
/// similarity, equal to those of pycocotools. A number is -1 if nobody of its size range is annotated.
///
/// Its faults are kept: a person whose annotation has the number 0 is never found, and of annotations with the same number
/// the last one stands for all. Numbers that are not finite are refused, which pycocotools is not.
public struct COCOKeypointAP: Sendable, Hashable {
  /// Average precision over the thresholds .5 to .95.
  public var ap: Double
  public var ap50: Double
  public var ap75: Double
  /// Average precision for people of 32² to 96² pixels.
  public var apMedium: Double
  /// Average precision for people of more than 96² pixels.
  public var apLarge: Double
  /// Average recall over the thresholds .5 to .95, with at most twenty results in each image.
  public var ar: Double
  public var ar50: Double
  public var ar75: Double
  public var arMedium: Double
  public var arLarge: Double

  /// Computes the metric.
  ///
  /// - Throws: ``MetricError`` if a pose does not have one keypoint for each sigma, if a number is not finite, if an
  ///   area is missing, or if an image is listed twice.
  public init(_ images: [EvaluatedImage], rules: KeypointRules = .coco) throws(MetricError) {
    self.init(try COCOMatches(images, rules: rules))
  }

  init(_ matches: COCOMatches) {
    let curves = matches.curves(SizeRange.ofPeople.map { COCOMatches.Cut(range: $0) })
    let (all, medium, large) = (curves[0], curves[1], curves[2])
    ap = all.meanPrecision()
    ap50 = all.meanPrecision(threshold: 0)
    ap75 = all.meanPrecision(threshold: 5)
    apMedium = medium.meanPrecision()
    apLarge = large.meanPrecision()
    ar = all.meanRecall()
    ar50 = all.meanRecall(threshold: 0)
    ar75 = all.meanRecall(threshold: 5)
    arMedium = medium.meanRecall()
    arLarge = large.meanRecall()
  }

  /// The ten numbers by name: `AP`, `AP50`, `AP75`, `APM`, `APL`, `AR`, `AR50`, `AR75`, `ARM`, `ARL`.
  public var values: [MetricValue] {
    [
      MetricValue("AP", ap), MetricValue("AP50", ap50), MetricValue("AP75", ap75), MetricValue("APM", apMedium),
      MetricValue("APL", apLarge), MetricValue("AR", ar), MetricValue("AR50", ar50), MetricValue("AR75", ar75),
      MetricValue("ARM", arMedium), MetricValue("ARL", arLarge),
    ]
  }
}
