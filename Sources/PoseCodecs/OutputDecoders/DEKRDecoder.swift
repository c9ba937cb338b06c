import PoseCore
import PoseImage

/// From DEKR's outputs `heatmaps` and `displacements` to people, whom a second part of the network scores.
///
/// Follows MMPose's `SPR` and `DEKRHead.predict`: the highest centers, the joints to which their displacements lead,
/// suppression by near joints, and scores of the joints' heatmaps, the center's and the pose's.
public struct DEKRDecoder: PoseCandidateDecoder, MultiviewDecoder {
  /// The most people.
  public var limit: Int
  /// What a center's height must exceed.
  public var threshold: Float
  /// The side of the window in which a center is the highest place.
  public var window: Int
  /// How near a suppressed pose's joints are, in parts of the other pose's diagonal.
  public var distance: Double
  /// The two limbs of the skeleton whose mean length is the unit in which the scoring network sees a pose.
  public var unitLimbs: [Int]

  public static let catalogue: [String: any OutputDecoder] = ["dekr": DEKRDecoder()]

  enum CodingKeys: String, CodingKey {
    case limit, threshold, window, distance
    case unitLimbs = "unit_limbs"
  }

  public init(
    limit: Int = 30, threshold: Float = 0.01, window: Int = 5, distance: Double = 0.05, unitLimbs: [Int] = [5, 6]
  ) {
    (self.limit, self.threshold, self.window) = (limit, threshold, window)
    (self.distance, self.unitLimbs) = (distance, unitLimbs)
  }

  public var invalidSetting: (key: String, reason: String)? {
    if !(1...31).contains(window) || window % 2 == 0 {
      return ("window", "needs an odd number of places in 1...31, not \(window)")
    }
    if unitLimbs.count != 2 || !unitLimbs.allSatisfy((0..<1000).contains) {
      return ("unit_limbs", "needs two limbs' numbers, not \(unitLimbs)")
    }
    return invalidCenters(limit: limit, threshold: threshold, distance: distance)
  }

  public func check(_ ports: [String: [Int]], skeleton: Skeleton?) throws(DecoderError) {
    try JointDisplacements.check(ports, ways: "displacements", skeleton: skeleton)
  }

  /// Looks only at views of the picture's own scale, as the published code does.
  public func decode(_ views: [OutputView], _ skeleton: Skeleton?, isShifted: Bool) -> [PoseCandidate] {
    let (maps, placement) = (merged(views, skeleton?.flipPairs ?? [], isShifted: isShifted), views[0].placement)
    let size = maps.size
    let cells = SIMD2(
      Float(placement.input.width) / Float(size.width), Float(placement.input.height) / Float(size.height))
    let centers = CenterPeaks(window: window, limit: limit, threshold: threshold)(maps.centers, size)
    let people = centers.map { center in
      let joints = maps.joints(from: center.place)
      return Proposal(
        joints: joints.map { $0 * cells },
        // As published: a sampling grid whose corners lie on the pixels' middles read as if they lay on their corners.
        scores: joints.enumerated().map { joint, position in
          let extents = SIMD2(Float(size.width), Float(size.height))
          return maps.heatmaps.value(of: joint, at: position / (extents - 1) * extents - 0.5)
        }, center: center.height)
    }
    let suppression = NearbyJointsNMS(distance: distance)
    let kept = suppression(
      people.map { $0.joints.map { Point(x: Double($0.x), y: Double($0.y)) } }, people.map(\.meanScore))
    let measures = PoseMeasures(limbs: skeleton?.limbs ?? [], unit: unitLimbs)
    return kept.prefix(limit).map { people[$0].candidate(placement, measures) }
  }

  /// The mean of the picture's own maps and of the mirror image's.
  func merged(_ views: [OutputView], _ pairs: [Skeleton.Pair], isShifted: Bool) -> JointDisplacements {
    let maps = views.filter { $0.scale == views[0].scale }.map { view in
      var maps = JointDisplacements(view.outputs, ways: "displacements")
      guard view.isMirrored else { return maps }
      maps = maps.flippedBack(pairs, shifted: isShifted)
      // A place's middle is not mirrored to a place's middle: the rest of a cell's width is missing.
      let cell = Float(view.placement.input.width) / Float(maps.size.width)
      let places = maps.size.width * maps.size.height
      for joint in 0..<maps.joints {
        for index in 2 * joint * places..<(2 * joint + 1) * places { maps.ways.values[index] += (cell - 1) / cell }
      }
      return maps
    }
    return maps.dropFirst().reduce(maps[0]) { $0.averaged(with: $1) }
  }

  public var personPorts: [String] { ["score"] }

  public func person(
    _ candidate: PoseCandidate, _ outputs: [Outputs], _ skeleton: Skeleton, _ placement: Placement
  ) -> PoseDetection? {
    var score = candidate.detection.score
    if let values = outputs.first?.required("score").values {
      score *= values[0].isFinite ? Double(values[0]) : 0
    }
    var keypoints = candidate.keypoints
    for (joint, own) in candidate.jointScores.enumerated() { keypoints[joint].score = (own * score).asScore }
    return PoseDetection(
      keypoints, score: keypoints.reduce(0) { $0 + $1.score } / Double(max(keypoints.count, 1)))
  }

  private struct Proposal {
    /// In pixels of the input.
    var joints: [SIMD2<Float>]
    var scores: [Float]
    var center: Float

    var meanScore: Float { scores.reduce(0, +) / Float(max(scores.count, 1)) }

    func candidate(_ placement: Placement, _ measures: PoseMeasures) -> PoseCandidate {
      let keypoints = zip(joints, scores).map { joint, score in
        Keypoint(
          position: placement.picturePoint(
            of: Point(x: Double(joint.x), y: Double(joint.y)), on: placement.input),
          score: Double(score).asScore)
      }
      let detection = PoseDetection(keypoints, score: Double(center)).detection
      return PoseCandidate(
        detection, keypoints: keypoints, jointScores: scores.map(Double.init), inputs: [measures(joints, scores)])
    }
  }
}

extension OutputDecoder {
  /// Of decoders that begin with people's centers.
  func invalidCenters(limit: Int, threshold: Float, distance: Double = 1) -> (key: String, reason: String)? {
    if !(1...1000).contains(limit) { return ("limit", "needs a count in 1...1000, not \(limit)") }
    if !(0...1).contains(threshold) { return ("threshold", "needs a height in 0...1, not \(threshold)") }
    return (1e-6...10).contains(distance) ? nil : ("distance", "needs a part of a diagonal in 0...10, not \(distance)")
  }
}
