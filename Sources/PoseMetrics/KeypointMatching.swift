/// The size ranges for which COCO's metrics report separate numbers; areas are in square pixels.
enum SizeRange: Int, CaseIterable {
  case all, medium, large

  func contains(_ area: Double) -> Bool {
    switch self {
    case .all: area >= 0 && area <= 1e10
    case .medium: area >= 1024 && area <= 9216
    case .large: area >= 9216 && area <= 1e10
    }
  }
}

/// Which results of an image are right at which thresholds.
struct ImageMatches: Sendable {
  /// The thresholds of similarity, .5 to .95, as `numpy.linspace` computes them.
  static let thresholds: [Double] = {
    let step = (0.95 - 0.5) / 9
    return (0..<9).map { Double($0) * step + 0.5 } + [0.95]
  }()

  /// One bit for each threshold. A bit of `right` is set if the result is right at that threshold, a bit of `wrong` if
  /// it is wrong. Neither is set if the result does not count.
  struct Verdict {
    var right: UInt16 = 0
    var wrong: UInt16 = 0
  }

  var id: Int
  var category: Int
  var crowdIndex: Double?
  /// The results' scores, best first.
  var scores: [Double]
  /// For each size range, one verdict for each result.
  var verdicts: [[Verdict]]
  /// For each size range, the number of people who should be found.
  var peopleCounts: [Int]

  /// Matches results to people. The best result is matched first, and each result is matched to the most similar person
  /// who is still unmatched.
  init(_ image: EvaluatedImage, by rules: KeypointRules) {
    let results = Self.best(image.results.filter(rules.counts), rules.resultLimit)
    let matching = Matching(
      isCrowd: image.people.map(\.isCrowd), isNobody: image.people.map { $0.id == 0 },
      similarities: image.people.map { rules.similarities(of: results, to: $0) })
    id = image.id
    category = image.category
    crowdIndex = image.crowdIndex
    scores = results.map(\.score)
    verdicts = []
    peopleCounts = []
    let isIgnored = image.people.map(rules.ignores)
    for range in SizeRange.allCases {
      let isOutside = zip(image.people, isIgnored).map { $1 || !range.contains(rules.area(of: $0) ?? 0) }
      verdicts.append(matching.verdicts(isIgnored: isOutside, counts: results.map { range.contains($0.area) }))
      peopleCounts.append(isOutside.count { !$0 })
    }
  }

  private static func best(_ results: [ScoredPose], _ limit: Int) -> [ScoredPose] {
    let order = results.indices.sorted {
      results[$0].score != results[$1].score ? results[$0].score > results[$1].score : $0 < $1
    }
    return order.prefix(limit).map { results[$0] }
  }
}

/// The people of an image, and the similarity of each result to each of them.
private struct Matching {
  var isCrowd: [Bool]
  /// Whose number is 0: the published tools take it for "nobody" when they ask whom a result matches.
  var isNobody: [Bool]
  /// A row a person, a column a result.
  var similarities: [[Double]]

  /// Decides for each result whether it is right or wrong at each threshold.
  ///
  /// - Parameters:
  ///   - isIgnored: for each person, whether a result that matches this person is neither right nor wrong.
  ///   - counts: for each result, whether it is wrong if it matches nobody.
  func verdicts(isIgnored: [Bool], counts: [Bool]) -> [ImageMatches.Verdict] {
    var verdicts = [ImageMatches.Verdict](repeating: .init(), count: counts.count)
    // Ignored people come last, so that a result matches one of them only if it matches nobody else.
    let order = isIgnored.indices.filter { !isIgnored[$0] } + isIgnored.indices.filter { isIgnored[$0] }
    for (index, threshold) in ImageMatches.thresholds.enumerated() {
      var isTaken = [Bool](repeating: false, count: isIgnored.count)
      for result in counts.indices {
        var best: Int?
        var least = min(threshold, 1 - 1e-10)
        for person in order where !isTaken[person] || isCrowd[person] {
          if let best, !isIgnored[best], isIgnored[person] { break }
          if similarities[person][result] < least { continue }
          least = similarities[person][result]
          best = person
        }
        if let best { isTaken[best] = true }
        if let best, isIgnored[best] || !isNobody[best] {
          if !isIgnored[best] { verdicts[result].right |= 1 << index }
        } else if counts[result] {
          verdicts[result].wrong |= 1 << index
        }
      }
    }
    return verdicts
  }
}
