#if canImport(CJSON)
  import PoseFormats

  /// A metric of files whose images may count several times or not at all, as the bootstrap draws them.
  package struct ResampledMetric: Sendable {
    private let matches: COCOMatches
    private let values: @Sendable (COCOMatches) throws(MetricError) -> [MetricValue]

    /// COCO's ten numbers for keypoints.
    ///
    /// - Throws: ``MetricError``.
    package init(_ files: COCOComparison, rules: KeypointRules) throws(MetricError) {
      matches = try COCOMatches(files, rules: rules)
      values = { COCOKeypointAP($0).values }
    }

    /// CrowdPose's numbers.
    ///
    /// - Throws: ``MetricError``.
    package init(
      _ files: COCOComparison, rules: KeypointRules, bounds: (medium: Double, hard: Double)
    ) throws(MetricError) {
      matches = try COCOMatches(files, rules: rules)
      values = { (matches) throws(MetricError) in try CrowdPoseAP(matches, bounds).values }
    }

    /// COCO's twelve numbers for boxes.
    ///
    /// - Throws: ``MetricError``.
    package init(boxes files: COCOComparison) throws(MetricError) {
      matches = try COCOBoxAP.matches(files)
      values = { COCOBoxAP($0).values }
    }

    /// The numbers of the images as they are.
    ///
    /// - Throws: ``MetricError`` where CrowdPose's images have no crowd index.
    package func callAsFunction() throws(MetricError) -> [MetricValue] { try values(matches) }

    /// The numbers where each image counts as often as `counts` says, by its number; those that are missing do not.
    ///
    /// - Throws: ``MetricError`` where CrowdPose's images have no crowd index.
    package func callAsFunction(_ counts: [Int: Int]) throws(MetricError) -> [MetricValue] {
      try values(matches.repeated { counts[$0.id] ?? 0 })
    }
  }
#endif
