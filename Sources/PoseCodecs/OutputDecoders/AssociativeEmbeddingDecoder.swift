import PoseCore
import PoseImage

/// From heatmaps and tags to people: associative embedding (Newell et al., NIPS 2017), as HRNet and HigherHRNet (Cheng et al.,
/// CVPR 2020) have it.
///
/// Reads `heatmaps`, or `heatmaps_and_tags` and the finer `fine_heatmaps`. Follows `AssociativeEmbedding` of MMPose 0.29: maps
/// are brought to the input's size, those of several resolutions, of the mirror image and of other scales averaged; tags are
/// those of the input's own scale, and have two numbers with the flip test.
public struct AssociativeEmbeddingDecoder: PoseDecoder, MultiviewDecoder {
  /// The most candidates of a joint.
  public var limit: Int
  /// What a candidate's height must exceed.
  public var threshold: Float
  /// How far a candidate's tag may be from a person's mean.
  public var tagThreshold: Float
  /// Whether ``limit`` is the most people too. Otherwise joints that fit nobody always begin a new person.
  public var limitsPeople: Bool
  /// Whether maps are resized and joints are refined as networks need that were trained with UDP (Huang et al., CVPR 2020).
  /// Their pictures are warped with `warp: udp`.
  public var isUnbiased: Bool

  public static let catalogue: [String: any OutputDecoder] = ["associative_embedding": AssociativeEmbeddingDecoder()]

  enum CodingKeys: String, CodingKey {
    case limit, threshold
    case tagThreshold = "tag_threshold"
    case limitsPeople = "limits_people"
    case isUnbiased = "udp"
  }

  public init(
    limit: Int = 30, threshold: Float = 0.1, tagThreshold: Float = 1, limitsPeople: Bool = false,
    isUnbiased: Bool = false
  ) {
    (self.limit, self.threshold, self.tagThreshold) = (limit, threshold, tagThreshold)
    (self.limitsPeople, self.isUnbiased) = (limitsPeople, isUnbiased)
  }

  public var invalidSetting: (key: String, reason: String)? {
    if !(1...1000).contains(limit) { return ("limit", "needs a count in 1...1000, not \(limit)") }
    if !(0...1).contains(threshold) { return ("threshold", "needs a height in 0...1, not \(threshold)") }
    return tagThreshold > 0 && tagThreshold.isFinite
      ? nil : ("tag_threshold", "needs a distance above 0, not \(tagThreshold)")
  }

  public func check(_ ports: [String: [Int]], skeleton: Skeleton?) throws(DecoderError) {
    let joints = skeleton?.joints.count ?? 0
    let port = ports["heatmaps_and_tags"] == nil ? "heatmaps" : "heatmaps_and_tags"
    guard let shape = ports[port], shape.count == 3, joints > 0, shape[0] == 2 * joints, shape.allSatisfy({ $0 > 0 })
    else { throw DecoderError(port: port, needed: "\(2 * joints) x height x width", ports: ports) }
    if let fine = ports["fine_heatmaps"], fine.count != 3 || fine[0] != joints || fine.contains(where: { $0 <= 0 }) {
      throw DecoderError(port: "fine_heatmaps", needed: "\(joints) x height x width", ports: ports)
    }
  }

  public func decode(_ views: [OutputView], _ skeleton: Skeleton?, isShifted: Bool) -> [PoseDetection] {
    let pairs = skeleton?.flipPairs ?? []
    let (own, size) = (views[0].scale, views[0].placement.input)
    var heatmaps: Heatmaps?
    var tags: [Heatmaps] = []
    let scales = views.byScale
    for views in scales {
      let maps = views.map { Maps($0, size: size, pairs, alignsCorners: isUnbiased) }
      // The flip test's mean comes before that of the scales.
      let mean = maps.dropFirst().reduce(maps[0].heatmaps) { $0.averaged(with: $1.heatmaps) }
      heatmaps = heatmaps.map { $0.plus(mean) } ?? mean
      if views[0].scale == own { tags = maps.map(\.tags) }
    }
    guard var heatmaps else { return [] }
    heatmaps.divide(by: Float(scales.count))
    return people(heatmaps, tags, views[0].placement)
  }

  private func people(_ heatmaps: Heatmaps, _ tags: [Heatmaps], _ placement: Placement) -> [PoseDetection] {
    var grouping = TagGrouping()
    (grouping.limit, grouping.threshold, grouping.tagThreshold) = (limit, threshold, tagThreshold)
    (grouping.limitsPeople, grouping.isUnbiased) = (limitsPeople, isUnbiased)
    grouping.order = Self.order(of: heatmaps.joints)
    return grouping.people(in: heatmaps, tags).map { person in
      let keypoints = person.joints.map { joint in
        let position = Point(x: Double(joint.x), y: Double(joint.y))
        return Keypoint(
          position: placement.picturePoint(of: position, on: placement.input), score: Double(joint.height).asScore)
      }
      return PoseDetection(keypoints, score: Double(person.score))
    }.sorted { $0.detection.score > $1.detection.score }
  }

  /// The order in which joints are given to people: COCO's head and trunk first.
  static func order(of joints: Int) -> [Int] {
    joints == 17 ? [0, 1, 2, 3, 4, 5, 6, 11, 12, 7, 8, 9, 10, 13, 14, 15, 16] : Array(0..<joints)
  }

  /// Heatmaps and tags of the input's size, mirrored back.
  private struct Maps {
    var heatmaps: Heatmaps
    var tags: Heatmaps

    init(_ view: OutputView, size: Size, _ pairs: [Skeleton.Pair], alignsCorners: Bool) {
      let outputs = view.outputs
      let both = outputs["heatmaps_and_tags"] ?? outputs.required("heatmaps")
      func maps(_ tensor: OutputTensor, _ range: Range<Int>) -> Heatmaps {
        Heatmaps(tensor, maps: range)
          .resized(height: size.height, width: size.width, alignsCorners: alignsCorners)
      }
      let joints = both.shape[0] / 2
      heatmaps = maps(both, 0..<joints)
      tags = maps(both, joints..<2 * joints)
      if let fine = outputs["fine_heatmaps"] { heatmaps = heatmaps.averaged(with: maps(fine, 0..<joints)) }
      if view.isMirrored {
        heatmaps = heatmaps.flippedBack(pairs, shifted: false)
        tags = tags.flippedBack(pairs, shifted: false)
      }
    }
  }
}
