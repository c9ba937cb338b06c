/// COCO's ten numbers for keypoints (Lin et al., ECCV 2014): average precision and recall by object keypoint similarity,
/// equal to those of pycocotools. A number is -1 where nobody of its size is annotated.
public struct COCOKeypointAP: Sendable, Hashable {
  /// Average precision over the thresholds .5 to .95.
  public var ap: Double
  public var ap50: Double
  public var ap75: Double
  /// Of people of 32² to 96² pixels.
  public var apMedium: Double
  /// Of people of more than 96² pixels.
  public var apLarge: Double
  /// Average recall over the thresholds .5 to .95, with at most twenty results an image.
  public var ar: Double
  public var ar50: Double
  public var ar75: Double
  public var arMedium: Double
  public var arLarge: Double

  /// - Throws: ``MetricError`` where a pose's keypoints are not as many as the sigmas, a number is not finite, an area is
  ///   missing, or an image is there twice.
  public init(_ images: [EvaluatedImage], rules: KeypointRules = .coco) throws(MetricError) {
    self.init(try KeypointMatches(images, rules: rules))
  }

  init(_ matches: KeypointMatches) {
    let (all, medium, large) = (matches.curves(.all), matches.curves(.medium), matches.curves(.large))
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

/// All images' matches, category by category.
struct KeypointMatches {
  private var categories: [[ImageMatches]]
  private var orders: [RankedResults]

  init(_ images: [EvaluatedImage], rules: KeypointRules) throws(MetricError) {
    for image in images { try rules.check(image) }
    let sorted = images.sorted { ($0.category, $0.id) < ($1.category, $1.id) }
    for (image, next) in zip(sorted, sorted.dropFirst()) where (image.category, image.id) == (next.category, next.id) {
      throw .repeatedImage(id: image.id)
    }
    self.init(concurrentMap(sorted) { ImageMatches($0, by: rules) })
  }

  /// - Parameter matches: those of a category together.
  private init(_ matches: [ImageMatches]) {
    categories = matches.chunked { $0.category == $1.category }
    orders = categories.map(RankedResults.init)
  }

  /// The matches of some of the images.
  func filter(_ isIncluded: (ImageMatches) -> Bool) -> KeypointMatches {
    KeypointMatches(categories.flatMap { $0.filter(isIncluded) })
  }

  func curves(_ range: SizeRange) -> [PrecisionCurve] {
    zip(categories, orders).compactMap { PrecisionCurve($0, range: range, order: $1) }
  }
}

extension [PrecisionCurve] {
  /// - Parameter threshold: an index; nil for the mean over all.
  func meanPrecision(threshold: Int? = nil) -> Double {
    // Categories vary fastest, as in the published arrays, whose sums' last digits follow their order.
    let values = ImageMatches.thresholds.indices.filter { $0 == threshold ?? $0 }.flatMap { row in
      (0...100).flatMap { level in map { $0.precision[row][level] } }
    }
    return pairwiseMean(values) ?? -1
  }

  func meanRecall(threshold: Int? = nil) -> Double {
    let values = ImageMatches.thresholds.indices.filter { $0 == threshold ?? $0 }.flatMap { row in
      map { $0.recall[row] }
    }
    return pairwiseMean(values) ?? -1
  }
}

extension Array {
  /// Runs of neighbours that belong together.
  fileprivate func chunked(by belongTogether: (Element, Element) -> Bool) -> [[Element]] {
    var runs: [[Element]] = []
    for element in self {
      if let last = runs.last?.last, belongTogether(last, element) {
        runs[runs.count - 1].append(element)
      } else {
        runs.append([element])
      }
    }
    return runs
  }
}
