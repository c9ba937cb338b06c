import PoseCore
import PoseImage

/// From the outputs `heatmaps` and `offsets` of DEKR's own code to people.
///
/// Follows `lib/core/inference.py` and `nms.py` of HRNet/DEKR: the highest centers of each scale, the joints from which their
/// offsets lead, their heights in heatmaps as large as the input, and suppression by near joints. A second part of the network
/// scores poses, where the weights have it.
public struct DEKROfficialDecoder: PoseCandidateDecoder, MultiviewDecoder {
  /// The most people, and the most centers of a scale.
  public var limit: Int
  /// What a center's height must exceed.
  public var threshold: Float
  /// How near a suppressed pose's joints are, in parts of the other pose's diagonal.
  public var distance: Double
  /// How many of its joints have to be near, less one.
  public var joints: Int
  /// The factor on the scores of people at other scales than the picture's own.
  public var decrease: Float
  /// Whether joints are moved to peaks of their heatmaps, which the published configurations leave out.
  public var matchesPeaks: Bool

  public static let catalogue: [String: any OutputDecoder] = ["dekr_official": DEKROfficialDecoder()]

  enum CodingKeys: String, CodingKey {
    case limit, threshold, distance, joints, decrease
    case matchesPeaks = "matches_peaks"
  }

  public init(
    limit: Int = 30, threshold: Float = 0.01, distance: Double = 0.05, joints: Int = 8, decrease: Float = 0.9,
    matchesPeaks: Bool = false
  ) {
    (self.limit, self.threshold, self.distance) = (limit, threshold, distance)
    (self.joints, self.decrease, self.matchesPeaks) = (joints, decrease, matchesPeaks)
  }

  public var invalidSetting: (key: String, reason: String)? {
    if !(0...1000).contains(joints) { return ("joints", "needs a count in 0...1000, not \(joints)") }
    if !(0...1).contains(decrease) { return ("decrease", "needs a factor in 0...1, not \(decrease)") }
    return invalidCenters(limit: limit, threshold: threshold, distance: distance)
  }

  public func check(_ ports: [String: [Int]], skeleton: Skeleton?) throws(DecoderError) {
    try JointDisplacements.check(ports, ways: "offsets", skeleton: skeleton)
  }

  public var mirrorShift: Int { 3 }

  public func decode(_ views: [OutputView], _ skeleton: Skeleton?, isShifted: Bool) -> [PoseCandidate] {
    let placement = views[0].placement
    let scales = views.byScale.map { Scale($0, skeleton?.flipPairs ?? [], placement.input) }
    var people = scales.flatMap { scale in
      let peaks = CenterPeaks(window: CenterPeaks.window(for: scale.maps.size), limit: limit, threshold: threshold)
      return peaks(scale.maps.centers, scale.maps.size).map { center in
        Proposal(
          joints: scale.maps.joints(from: center.place, sign: -1).map { $0 * scale.cells }, center: center.height,
          scale: scale.factor)
      }
    }
    scaleScores(of: &people, own: views[0].scale)
    let heights = people.map { person in
      person.joints.enumerated().map { height(of: $0, at: $1, scales) }
    }
    let means = heights.map { $0.reduce(0, +) / Float(max($0.count, 1)) }
    let suppression = NearbyJointsNMS(distance: distance, joints: joints, isByScore: false)
    var kept = suppression(
      people.map { $0.joints.map { Point(x: Double($0.x), y: Double($0.y)) } }, means)
    if kept.count > limit { kept = Array(kept.sorted { means[$0] > means[$1] }.prefix(limit)) }
    var found = kept.map { index in
      zip(people[index].joints, heights[index]).map { (position: $0, score: people[index].center * $1) }
    }
    if matchesPeaks { match(&found, scales, placement.input) }
    let measures = skeleton.map(PoseMeasures.official)
    return found.map { joints in
      let keypoints = joints.map { joint in
        let position = Point(x: Double(joint.position.x), y: Double(joint.position.y))
        return Keypoint(
          position: placement.picturePoint(of: position, on: placement.input), score: Double(joint.score).asScore)
      }
      let mean = keypoints.reduce(0) { $0 + $1.score } / Double(max(keypoints.count, 1))
      // Poses are measured in pixels of the picture.
      let positions = keypoints.map { SIMD2(Float($0.position.x), Float($0.position.y)) }
      return PoseCandidate(
        PoseDetection(keypoints, score: mean).detection, keypoints: keypoints, jointScores: keypoints.map(\.score),
        inputs: measures.map { [$0(positions, joints.map(\.score))] } ?? [])
    }
  }

  public var personPorts: [String] { ["score"] }

  public func person(
    _ candidate: PoseCandidate, _ outputs: [Outputs], _ skeleton: Skeleton, _ placement: Placement
  ) -> PoseDetection? {
    let score = outputs.first.map { Double($0.required("score").values[0]) } ?? 1
    return PoseDetection(candidate.keypoints, score: candidate.detection.score * (score.isFinite ? score : 0))
  }

  /// Moves people's joints to peaks of the scales' mean heatmaps.
  private func match(_ people: inout [[(position: SIMD2<Float>, score: Float)]], _ scales: [Scale], _ input: Size) {
    if people.isEmpty { return }
    let matching = PeakMatching(limit: limit)
    for joint in people[0].indices {
      let map = (0..<input.height * input.width).map { pixel in
        let position = SIMD2(Float(pixel % input.width), Float(pixel / input.width))
        return height(of: joint, at: position, scales)
      }
      let moved = matching(map, input, people.map { $0[joint] })
      for (person, position) in moved.enumerated() { people[person][joint].position = position }
    }
  }

  /// A joint's mean height at the pixel of a position.
  private func height(of joint: Int, at position: SIMD2<Float>, _ scales: [Scale]) -> Float {
    scales.reduce(0) { $0 + $1.height(of: joint, at: position) } / Float(scales.count)
  }

  /// Brings the scores of each other scale to the height of the picture's own, and a little below.
  private func scaleScores(of people: inout [Proposal], own: Double) {
    let highest = Dictionary(people.map { ($0.scale, $0.center) }, uniquingKeysWith: max)
    for index in people.indices where people[index].scale != own {
      guard let others = highest[people[index].scale] else { continue }
      people[index].center = people[index].center / others * (highest[own] ?? 1) * decrease
    }
  }

  private struct Proposal {
    /// In pixels of the input.
    var joints: [SIMD2<Float>]
    var center: Float
    var scale: Double
  }

  /// What the views of one scale show together.
  private struct Scale {
    /// How large the input is beside the one that the configuration names.
    let factor: Double
    let maps: JointDisplacements
    /// How many pixels of the input, at its own scale, a place of the maps is.
    let cells: SIMD2<Float>
    private let whole: SIMD2<Int>

    init(_ views: [OutputView], _ pairs: [Skeleton.Pair], _ input: Size) {
      let all = views.map { view in
        let maps = JointDisplacements(view.outputs, ways: "offsets")
        return view.isMirrored ? maps.flippedBack(pairs, shifted: false) : maps
      }
      factor = views[0].scale
      maps = all.dropFirst().reduce(all[0]) { $0.averaged(with: $1) }
      cells = SIMD2(Float(input.width) / Float(maps.size.width), Float(input.height) / Float(maps.size.height))
      whole = SIMD2(max(Int(cells.x), 1), max(Int(cells.y), 1))
    }

    /// A heatmap's height at the pixel of a position, as if it were as large as the input.
    func height(of joint: Int, at position: SIMD2<Float>) -> Float {
      func pixel(_ value: Float, _ extent: Int) -> Float { min(max(value.rounded(.down), 0), Float(extent - 1)) }
      let size = maps.size
      let place = SIMD2(
        pixel(position.x, size.width * whole.x) / Float(whole.x),
        pixel(position.y, size.height * whole.y) / Float(whole.y))
      return maps.heatmaps.value(of: joint, at: place)
    }
  }
}
