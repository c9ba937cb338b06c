import PoseCore

/// COCO's twelve numbers for boxes (Lin et al., ECCV 2014): average precision and average recall by intersection over
/// union, equal to those of pycocotools. A number is -1 if no object of its size range is annotated. Precision and recall
/// are averaged over all categories that have objects.
///
/// Its faults are kept: an object whose annotation has the number 0 is never found, and of annotations with the same number
/// the last one stands for all. Numbers that are not finite are refused, which pycocotools is not.
public struct COCOBoxAP: Sendable, Hashable {
  /// Average precision over the thresholds .5 to .95, with at most a hundred results in each image and category.
  public var ap: Double
  public var ap50: Double
  public var ap75: Double
  /// Average precision for objects of at most 32² pixels.
  public var apSmall: Double
  /// Average precision for objects of 32² to 96² pixels.
  public var apMedium: Double
  /// Average precision for objects of at least 96² pixels.
  public var apLarge: Double
  /// Average recall over the thresholds .5 to .95, with one result in each image and category.
  public var ar1: Double
  public var ar10: Double
  public var ar100: Double
  public var arSmall: Double
  public var arMedium: Double
  public var arLarge: Double

  /// The number of results that count in each image and category.
  private static let limit = 100

  /// Computes the metric.
  ///
  /// - Throws: ``MetricError`` if a number is not finite or an image is listed twice.
  package init(_ images: [EvaluatedBoxes]) throws(MetricError) {
    self.init(try Self.matches(count: images.count) { images[$0] })
  }

  /// Matches the boxes of images that are created one by one.
  private static func matches(
    count: Int, boxes: @Sendable (Int) throws(MetricError) -> EvaluatedBoxes
  ) throws(MetricError) -> COCOMatches {
    try COCOMatches(count: count, ranges: SizeRange.ofBoxes) { (index) throws(MetricError) in
      let image = try boxes(index)
      try image.check()
      return ComparedImage(image, limit: limit)
    }
  }

  init(_ matches: COCOMatches) {
    let curves = matches.curves(
      SizeRange.ofBoxes.map { COCOMatches.Cut(range: $0) } + [1, 10].map { COCOMatches.Cut(limit: $0) })
    let (all, small, medium, large) = (curves[0], curves[1], curves[2], curves[3])
    ap = all.meanPrecision()
    ap50 = all.meanPrecision(threshold: 0)
    ap75 = all.meanPrecision(threshold: 5)
    apSmall = small.meanPrecision()
    apMedium = medium.meanPrecision()
    apLarge = large.meanPrecision()
    ar1 = curves[4].meanRecall()
    ar10 = curves[5].meanRecall()
    ar100 = all.meanRecall()
    arSmall = small.meanRecall()
    arMedium = medium.meanRecall()
    arLarge = large.meanRecall()
  }

  /// The twelve numbers by name: `AP`, `AP50`, `AP75`, `APs`, `APm`, `APl`, `AR1`, `AR10`, `AR100`, `ARs`, `ARm`, `ARl`.
  public var values: [MetricValue] {
    [
      MetricValue("AP", ap), MetricValue("AP50", ap50), MetricValue("AP75", ap75), MetricValue("APs", apSmall),
      MetricValue("APm", apMedium), MetricValue("APl", apLarge), MetricValue("AR1", ar1), MetricValue("AR10", ar10),
      MetricValue("AR100", ar100), MetricValue("ARs", arSmall), MetricValue("ARm", arMedium),
      MetricValue("ARl", arLarge),
    ]
  }
}

extension ComparedImage {
  /// Compares boxes by intersection over union.
  fileprivate init(_ image: EvaluatedBoxes, limit: Int) {
    let results = image.results.best(limit, by: \.score)
    self.init(
      id: image.id, category: image.category, crowdIndex: nil,
      objects: image.objects.map {
        Object(area: $0.area, isIgnored: $0.isCrowd, isCrowd: $0.isCrowd, isNobody: $0.id == 0)
      },
      results: results.map { Result(score: $0.score, area: $0.boundingBox.area) },
      similarities: image.objects.map { object in results.map { object.similarity(to: $0.boundingBox) } })
  }
}

#if canImport(CJSON)
  extension COCOBoxAP {
    /// Computes the metric from an annotation file and a result file.
    ///
    /// - Throws: ``MetricError``, also if an annotation or a result has no box, or an annotation no area.
    public init(_ files: COCOComparison) throws(MetricError) {
      self.init(try Self.matches(files))
    }

    static func matches(_ files: COCOComparison) throws(MetricError) -> COCOMatches {
      try matches(count: files.count, boxes: files.boxes)
    }
  }
#endif
