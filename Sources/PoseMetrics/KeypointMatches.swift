/// The matches of all images, grouped by category.
struct KeypointMatches {
  private var categories: [[ImageMatches]]
  private var orders: [RankedResults]

  init(_ images: [EvaluatedImage], rules: KeypointRules) throws(MetricError) {
    try self.init(count: images.count, rules: rules) { images[$0] }
  }

  /// Matches images that are created one by one.
  ///
  /// - Parameter image: creates the image with the given index when it is needed, so that the images do not all have to
  ///   be in memory at once.
  init(
    count: Int, rules: KeypointRules, image: @Sendable (Int) throws(MetricError) -> EvaluatedImage
  ) throws(MetricError) {
    let outcomes = concurrentMap(count) { index in
      Result { () throws(MetricError) in
        let image = try image(index)
        try rules.check(image)
        return ImageMatches(image, by: rules)
      }
    }
    var matches: [ImageMatches] = []
    matches.reserveCapacity(count)
    for outcome in outcomes { matches.append(try outcome.get()) }
    matches.sort { ($0.category, $0.id) < ($1.category, $1.id) }
    for (match, next) in zip(matches, matches.dropFirst()) where (match.category, match.id) == (next.category, next.id)
    {
      throw .repeatedImage(id: match.id)
    }
    self.init(matches)
  }

  /// Ranks the results of each category.
  ///
  /// - Parameter matches: the matches of all images, sorted by category.
  private init(_ matches: [ImageMatches]) {
    categories = matches.chunked { $0.category == $1.category }
    orders = categories.map(RankedResults.init)
  }

  /// The matches of the images for which `isIncluded` returns true.
  func filter(_ isIncluded: (ImageMatches) throws(MetricError) -> Bool) throws(MetricError) -> KeypointMatches {
    var kept: [ImageMatches] = []
    for match in categories.joined() where try isIncluded(match) { kept.append(match) }
    return KeypointMatches(kept)
  }

  func curves(_ range: SizeRange) -> [PrecisionCurve] {
    zip(categories, orders).compactMap { PrecisionCurve($0, range: range, order: $1) }
  }
}

extension [PrecisionCurve] {
  /// The mean precision over all recalls and categories.
  ///
  /// - Parameter threshold: the index of a threshold, or nil for the mean over all thresholds.
  func meanPrecision(threshold: Int? = nil) -> Double {
    // Categories vary fastest, as in the arrays of the published code, because the order of a sum affects its last
    // digits.
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
  /// Splits the array into runs of neighboring elements that belong together.
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
