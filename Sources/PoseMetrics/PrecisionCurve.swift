/// Precision at 101 levels of recall, and the recall that was reached, for each threshold of similarity.
struct PrecisionCurve {
  /// 0, .01 ... 1, as `numpy.linspace` computes them.
  private static let recallLevels = (0..<100).map { Double($0) * 0.01 } + [1]

  /// One row of 101 levels for each threshold.
  var precision: [[Double]]
  var recall: [Double]

  /// - Returns: nil if there is nobody to find.
  init?(_ matches: [ImageMatches], range: SizeRange, order: RankedResults) {
    let people = matches.reduce(0) { $0 + $1.peopleCounts[range.rawValue] }
    guard people > 0 else { return nil }
    let ranked = order.verdicts(of: matches, range)
    precision = []
    recall = []
    for threshold in ImageMatches.thresholds.indices {
      var found: [Double] = []
      var wrong = 0.0
      for verdict in ranked {
        if verdict.wrong >> threshold & 1 == 1 { wrong += 1 }
        if verdict.right >> threshold & 1 == 1 {
          let right = Double(found.count + 1)
          found.append(right / (wrong + right + Double.ulpOfOne))
        }
      }
      recall.append(Double(found.count) / Double(people))
      precision.append(Self.sampled(found, people: people))
    }
  }

  /// Samples the precision at each level of recall.
  ///
  /// - Parameter found: the precision when the first person is found, when the second is found, and so on.
  private static func sampled(_ found: [Double], people: Int) -> [Double] {
    var envelope = found
    for index in envelope.indices.dropLast().reversed() {
      envelope[index] = max(envelope[index], envelope[index + 1])
    }
    var next = 0
    return recallLevels.map { level in
      while next < envelope.count, Double(next + 1) / Double(people) < level { next += 1 }
      return next < envelope.count ? envelope[next] : 0
    }
  }
}

/// The results of all images, ranked by score.
struct RankedResults {
  private var places: [(score: Double, place: Int)]

  init(_ matches: [ImageMatches]) {
    places = []
    for match in matches {
      for score in match.scores { places.append((score, places.count)) }
    }
    places.sort { $0.score != $1.score ? $0.score > $1.score : $0.place < $1.place }
  }

  func verdicts(of matches: [ImageMatches], _ range: SizeRange) -> [ImageMatches.Verdict] {
    let all = matches.flatMap { $0.verdicts[range.rawValue] }
    return places.map { all[$0.place] }
  }
}
