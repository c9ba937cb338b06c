#if canImport(CJSON)
  import PoseCore

  /// COCO-WholeBody's numbers (Jin et al., ECCV 2020): COCO's ten for all 133 joints of a person together, and the average
  /// precision of each part by itself, equal to those of xtcocotools.
  public struct WholeBodyAP: Sendable, Hashable {
    /// All joints together.
    public var whole: COCOKeypointAP
    /// The parts by themselves, in the order of their joints.
    public var parts: [MetricValue]

    /// The joints of the parts, which have the names of the published evaluation.
    private static let ranges: KeyValuePairs = [
      "body": 0..<17, "foot": 17..<23, "face": 23..<91, "left hand": 91..<112, "right hand": 112..<133,
    ]

    /// Computes the metric from an annotation file, read with whole bodies, and a result file.
    ///
    /// - Throws: ``MetricError``.
    public init(_ files: COCOComparison, rules: KeypointRules = .wholeBody) throws(MetricError) {
      whole = try COCOKeypointAP(files, rules: rules)
      parts = []
      // What has not one keypoint for each sigma was refused above.
      guard rules.sigmas.count == Self.ranges.last?.value.upperBound else { return }
      for (name, joints) in Self.ranges {
        var part = rules
        part.sigmas = Array(rules.sigmas[joints])
        let matches = try COCOMatches(count: files.count, rules: part) { (index) throws(MetricError) in
          try files.image(index).keeping(joints)
        }
        parts.append(MetricValue("\(name) AP", COCOKeypointAP(matches).ap))
      }
    }

    /// `AP` to `ARL` of all joints together, then `body AP` to `right hand AP`.
    public var values: [MetricValue] { whole.values + parts }
  }

  extension EvaluatedImage {
    /// The same people with some of their joints alone.
    fileprivate func keeping(_ joints: Range<Int>) -> EvaluatedImage {
      func part(_ keypoints: [Double]) -> [Double] {
        Array(keypoints.dropFirst(3 * joints.lowerBound).prefix(3 * joints.count))
      }
      var image = self
      for index in image.people.indices { image.people[index].keypoints = part(people[index].keypoints) }
      for index in image.results.indices { image.results[index].keypoints = part(results[index].keypoints) }
      return image
    }
  }
#endif
