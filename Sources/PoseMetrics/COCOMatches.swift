/// Which results of all images are right at which thresholds of similarity: COCO's evaluation of poses and of boxes.
///
/// The verdicts of all images lie in a few arrays, because a file of boxes may have a hundred results for each image and
/// hundreds of thousands of pairs of an image and a category.
struct COCOMatches: Sendable {
  /// The thresholds of similarity, .5 to .95, as `numpy.linspace` computes them.
  static let thresholds: [Double] = {
    let step = (0.95 - 0.5) / 9
    return (0..<9).map { Double($0) * step + 0.5 } + [0.95]
  }()

  /// One bit for each threshold. A bit of `right` is set if the result is right at that threshold, a bit of `wrong` if
  /// it is wrong. Neither is set if the result does not count.
  struct Verdict: Sendable {
    static let allThresholds: UInt16 = 0x3ff

    var right: UInt16 = 0
    var wrong: UInt16 = 0
  }

  /// A category of an image.
  struct Image: Sendable {
    var id: Int
    var category: Int
    var crowdIndex: Double?
    /// The results, best first, in ``scores`` and in each row of ``verdicts``.
    var results: Range<Int>
    /// For each size range, the number of objects that should be found.
    var objectCounts: SIMD4<Int32>
  }

  private let ranges: [SizeRange]
  /// Sorted by category and number.
  private var images: [Image] = []
  private var scores: [Double] = []
  /// For each size range, a verdict for each result.
  private var verdicts: [[Verdict]]

  private init(_ ranges: [SizeRange]) {
    self.ranges = ranges
    verdicts = ranges.map { _ in [] }
  }

  /// Matches images that are created one by one.
  ///
  /// - Parameters:
  ///   - ranges: the size ranges that curves will be asked for, at most four.
  ///   - image: creates the image with the given index when it is needed, so that the images do not all have to be in
  ///     memory at once.
  init(
    count: Int, ranges: [SizeRange], image: @Sendable (Int) throws(MetricError) -> ComparedImage
  ) throws(MetricError) {
    self.init(ranges)
    // Each part gathers its own images, so that no image is kept by itself.
    let length = max(count / 64, 1)
    let parts = concurrentMap((count + length - 1) / length) { part in
      Result { () throws(MetricError) in
        var matches = COCOMatches(ranges)
        for index in part * length..<min((part + 1) * length, count) { matches.append(try image(index)) }
        return matches
      }
    }
    for part in parts { append(try part.get()) }
    images.sort { ($0.category, $0.id) < ($1.category, $1.id) }
    for (image, next) in zip(images, images.dropFirst()) where (image.category, image.id) == (next.category, next.id) {
      throw .repeatedImage(id: image.id)
    }
  }

  private mutating func append(_ image: ComparedImage) {
    let start = scores.count
    scores += image.results.lazy.map(\.score)
    var counts = SIMD4<Int32>()
    for (row, range) in ranges.enumerated() {
      let isIgnored = image.objects.map { $0.isIgnored || !range.contains($0.area) }
      counts[row] = Int32(clamping: isIgnored.count { !$0 })
      verdicts[row] += image.verdicts(isIgnored: isIgnored, in: range)
    }
    images.append(
      Image(
        id: image.id, category: image.category, crowdIndex: image.crowdIndex, results: start..<scores.count,
        objectCounts: counts))
  }

  private mutating func append(_ other: COCOMatches) {
    let start = scores.count
    scores += other.scores
    for row in ranges.indices { verdicts[row] += other.verdicts[row] }
    images += other.images.lazy.map { image in
      var image = image
      image.results = image.results.lowerBound + start..<image.results.upperBound + start
      return image
    }
  }

  /// The matches of the images for which `isIncluded` returns true.
  func filter(_ isIncluded: (Image) throws(MetricError) -> Bool) throws(MetricError) -> COCOMatches {
    var kept = self
    kept.images = []
    for image in images where try isIncluded(image) { kept.images.append(image) }
    return kept
  }

  /// The matches with each image so many times.
  func repeated(_ count: (Image) -> Int) -> COCOMatches {
    var repeated = self
    repeated.images = images.flatMap { Array(repeating: $0, count: count($0)) }
    return repeated
  }

  // MARK: Curves

  /// A part of the results that a curve is made of.
  struct Cut: Sendable {
    var range = SizeRange.all
    /// The number of results that count in each image, best first; nil for all.
    var limit: Int?
  }

  func curves(_ range: SizeRange) -> [PrecisionCurve] { curves([Cut(range: range)])[0] }

  /// For each cut, the curves of those categories that have something to find.
  func curves(_ cuts: [Cut]) -> [[PrecisionCurve]] {
    let categories = images.chunked { $0.category == $1.category }
    let rankings = concurrentMap(categories.count) { ranking(of: categories[$0]) }
    let curves = concurrentMap(cuts.count * categories.count) { index in
      let (cut, category) = (cuts[index / categories.count], index % categories.count)
      return curve(of: categories[category], rankings[category], cut)
    }
    return cuts.indices.map { cut in
      curves[cut * categories.count..<(cut + 1) * categories.count].compactMap { $0 }
    }
  }

  /// A result among those of its category.
  private struct Ranked: Sendable {
    var score: Double
    var index: Int
    /// How many results of the same image are better.
    var rank: Int
  }

  /// The results of a category, best first. Of equal scores the result of the image with the lower number comes first.
  private func ranking(of images: ArraySlice<Image>) -> [Ranked] {
    var ranking: [Ranked] = []
    ranking.reserveCapacity(images.reduce(0) { $0 + $1.results.count })
    var places: [Int] = []
    for image in images {
      for (rank, index) in image.results.enumerated() {
        places.append(ranking.count)
        ranking.append(Ranked(score: scores[index], index: index, rank: rank))
      }
    }
    places.sort { ranking[$0].score != ranking[$1].score ? ranking[$0].score > ranking[$1].score : $0 < $1 }
    return places.map { ranking[$0] }
  }

  private func curve(of images: ArraySlice<Image>, _ ranking: [Ranked], _ cut: Cut) -> PrecisionCurve? {
    guard let row = ranges.firstIndex(of: cut.range) else { return nil }
    let objects = images.reduce(0) { $0 + Int($1.objectCounts[row]) }
    guard objects > 0 else { return nil }
    let limit = cut.limit ?? .max
    return PrecisionCurve(ranking.lazy.filter { $0.rank < limit }.map { verdicts[row][$0.index] }, objects: objects)
  }
}

extension Array {
  /// Splits the array into runs of neighboring elements that belong together.
  fileprivate func chunked(by belongTogether: (Element, Element) -> Bool) -> [ArraySlice<Element>] {
    var runs: [ArraySlice<Element>] = []
    var start = 0
    for index in indices.dropFirst() where !belongTogether(self[index - 1], self[index]) {
      runs.append(self[start..<index])
      start = index
    }
    if start < count { runs.append(self[start...]) }
    return runs
  }
}
