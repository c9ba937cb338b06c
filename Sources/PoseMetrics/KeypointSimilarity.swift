#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

extension KeypointRules {
  /// Object keypoint similarity of each result and a person: the mean of `exp(-d² / (2 s² k²))` over the labeled
  /// joints, where `d` is the distance, `s²` is the person's area, and `k` is twice the sigma. If the person has no
  /// labeled joints, `d` is the distance by which a joint lies outside the person's box after the box has been extended
  /// by its own width and height on every side.
  func similarities(of results: [ScoredPose], to person: AnnotatedPose) -> [Double] {
    if results.isEmpty { return [] }
    let size = (area(of: person) ?? 0) + Double.ulpOfOne
    let variances = sigmas.map { $0 * 2 * ($0 * 2) }
    let labelled = person.keypoints.isEmpty ? [] : sigmas.indices.filter { person.keypoints[3 * $0 + 2] > 0 }
    let joints = labelled.isEmpty ? Array(sigmas.indices) : labelled
    let box = person.boundingBox
    let (left, right) = (box.x - box.width, box.x + box.width * 2)
    let (top, bottom) = (box.y - box.height, box.y + box.height * 2)
    var terms = [Double](repeating: 0, count: joints.count)
    return results.map { result in
      for (index, joint) in joints.enumerated() {
        let (x, y) = (result.keypoints[3 * joint], result.keypoints[3 * joint + 1])
        let dx: Double
        let dy: Double
        if labelled.isEmpty {
          dx = max(0, left - x) + max(0, x - right)
          dy = max(0, top - y) + max(0, y - bottom)
        } else {
          dx = x - person.keypoints[3 * joint]
          dy = y - person.keypoints[3 * joint + 1]
        }
        let exponent = (dx * dx + dy * dy) / variances[joint] / size / 2
        // The result would be below the smallest positive number, and `exp` takes long to compute that.
        terms[index] = exponent > 746 ? 0 : exp(-exponent)
      }
      return terms.isEmpty ? 0 : pairwiseSum(terms) / Double(terms.count)
    }
  }
}

extension ComparedImage {
  /// Compares poses by object keypoint similarity.
  init(_ image: EvaluatedImage, by rules: KeypointRules) {
    let results = image.results.filter(rules.counts).best(rules.resultLimit, by: \.score)
    self.init(
      id: image.id, category: image.category, crowdIndex: image.crowdIndex,
      objects: image.people.map { person in
        Object(
          area: rules.area(of: person) ?? 0, isIgnored: rules.ignores(person), isCrowd: person.isCrowd,
          isNobody: person.id == 0)
      },
      results: results.map { Result(score: $0.score, area: $0.area) },
      similarities: image.people.map { rules.similarities(of: results, to: $0) })
  }
}

extension COCOMatches {
  init(_ images: [EvaluatedImage], rules: KeypointRules) throws(MetricError) {
    try self.init(count: images.count, rules: rules) { images[$0] }
  }

  /// Matches images of people that are created one by one.
  init(
    count: Int, rules: KeypointRules, people: @Sendable (Int) throws(MetricError) -> EvaluatedImage
  ) throws(MetricError) {
    try self.init(count: count, ranges: SizeRange.ofPeople) { (index) throws(MetricError) in
      let image = try people(index)
      try rules.check(image)
      return ComparedImage(image, by: rules)
    }
  }
}
