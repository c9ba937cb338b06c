/// Precision at 101 levels of recall, and the recall that was reached, for each threshold of similarity.
struct PrecisionCurve: Sendable {
  /// 0, .01 ... 1, as `numpy.linspace` computes them.
  private static let recallLevels = (0..<100).map { Double($0) * 0.01 } + [1]

  /// One row of 101 levels for each threshold.
  var precision: [[Double]]
  var recall: [Double]

  /// - Parameters:
  ///   - ranked: the verdicts of all results of a category, the best result first.
  ///   - objects: how many objects there are to find, at least one.
  init(_ ranked: some Sequence<COCOMatches.Verdict>, objects: Int) {
    let ranked = Array(ranked)
    precision = []
    recall = []
    for threshold in COCOMatches.thresholds.indices {
      var found: [Double] = []
      var wrong = 0.0
      for verdict in ranked {
        if verdict.wrong >> threshold & 1 == 1 { wrong += 1 }
        if verdict.right >> threshold & 1 == 1 {
          let right = Double(found.count + 1)
          found.append(right / (wrong + right + Double.ulpOfOne))
        }
      }
      recall.append(Double(found.count) / Double(objects))
      precision.append(Self.sampled(found, objects: objects))
    }
  }

  /// Samples the precision at each level of recall.
  ///
  /// - Parameter found: the precision when the first object is found, when the second is found, and so on.
  private static func sampled(_ found: [Double], objects: Int) -> [Double] {
    var envelope = found
    for index in envelope.indices.dropLast().reversed() {
      envelope[index] = max(envelope[index], envelope[index + 1])
    }
    var next = 0
    return recallLevels.map { level in
      while next < envelope.count, Double(next + 1) / Double(objects) < level { next += 1 }
      return next < envelope.count ? envelope[next] : 0
    }
  }
}

extension [PrecisionCurve] {
  /// The mean precision over all recalls and categories; -1 without a category that has something to find.
  ///
  /// - Parameter threshold: the index of a threshold, or nil for the mean over all thresholds.
  func meanPrecision(threshold: Int? = nil) -> Double {
    // Categories vary fastest, as in the arrays of the published code, because the order of a sum affects its last
    // digits.
    let values = COCOMatches.thresholds.indices.filter { $0 == threshold ?? $0 }.flatMap { row in
      (0...100).flatMap { level in map { $0.precision[row][level] } }
    }
    return pairwiseMean(values) ?? -1
  }

  /// The mean recall over all categories; -1 without a category that has something to find.
  ///
  /// - Parameter threshold: the index of a threshold, or nil for the mean over all thresholds.
  func meanRecall(threshold: Int? = nil) -> Double {
    let values = COCOMatches.thresholds.indices.filter { $0 == threshold ?? $0 }.flatMap { row in
      map { $0.recall[row] }
    }
    return pairwiseMean(values) ?? -1
  }
}
