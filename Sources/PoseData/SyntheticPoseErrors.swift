import PoseCodecs
import PoseCore

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Poses as estimators get them wrong, made of annotated ones: what a network that refines poses learns from.
///
/// Errors and how often they happen are those of PoseFix (Moon, Chang and Lee, CVPR 2019, `synthesize_pose`), after
/// Ronchi and Perona's statistics (ICCV 2017). Joints of other skeletons than COCO's go by the part of the body.
package struct SyntheticPoseErrors: Sendable, Hashable {
  package var skeleton: Skeleton

  package init(_ skeleton: Skeleton) { self.skeleton = skeleton }

  /// What is wrong with a joint. Near is by keypoint similarity, `exp(-d² / (2 area (2 sigma)²))`.
  package enum Kind: Sendable, Hashable, CaseIterable {
    /// Nothing: similarity above .85 to the joint.
    case good
    /// .5 to .85 to the joint.
    case jitter
    /// Above .5 to the same joint of the body's other side.
    case inversion
    /// Above .5 to the joint, of either side, of somebody near.
    case swap
    /// .1 to .5 to any of them, and no nearer to the others.
    case miss
  }

  /// A joint of a pose that was made up.
  package struct Joint: Sendable, Hashable {
    package var position: Point
    package var kind: Kind
  }

  /// A person with errors: for each joint where it is taken to be, nil where that cannot be told.
  ///
  /// - Parameters:
  ///   - joints: as annotated, in pixels of the network's input; not labelled where they lie outside.
  ///   - estimated: what another network found, for joints without a label; empty for nothing.
  ///   - neighbours: the people whose boxes overlap this one's by a tenth or more.
  ///   - area: of the person's box in square pixels of the network's input.
  package func pose(
    of joints: [LabelledKeypoint], estimated: [LabelledKeypoint] = [], neighbours: [[LabelledKeypoint]] = [],
    area: Double,
    using stream: inout RandomStream
  ) -> [Joint?] {
    let labelled = joints.count(where: \.isLabelled)
    let pairs = skeleton.flipPairs.exchanging(skeleton.joints.count)
    return skeleton.joints.indices.map { joint in
      func places(_ people: [[LabelledKeypoint]], _ joint: Int) -> [Point] {
        people.filter { joint < $0.count && $0[joint].isLabelled }.map { $0[joint].position }
      }
      guard let own = places([joints], joint).first ?? places([estimated], joint).first else { return nil }
      let pair = pairs[joint]
      let hasPair = pair != joint
      let places = Places(
        own: own, inverted: hasPair ? places([joints], pair).first : nil,
        others: places(neighbours, joint) + (hasPair ? places(neighbours, pair) : []),
        unit: 2 * (joint < skeleton.sigmas.count ? skeleton.sigmas[joint] : 0)
          * (area > 0 && area.isFinite ? area.squareRoot() : 0))
      var rates = Rates(of: Part(skeleton.joints[joint]), labelled: labelled, neighbours: neighbours.count)
      // What cannot be placed is left out, and one of the rest happens.
      while let kind = rates.draw(from: &stream) {
        if let position = places.draw(kind, from: &stream) { return Joint(position: position, kind: kind) }
        rates.shares[kind] = nil
      }
      return nil
    }
  }
}

/// Where a joint may be taken to be.
private struct Places {
  let own: Point
  /// Of the other side.
  let inverted: Point?
  /// Of other people, both sides.
  let others: [Point]
  /// The distance that a similarity of `exp(-1/2)` has.
  let unit: Double

  /// How often a place is drawn before there is none.
  private static let attempts = 500

  private var all: [Point] { [own] + (inverted.map { [$0] } ?? []) + others }

  func draw(_ kind: SyntheticPoseErrors.Kind, from stream: inout RandomStream) -> Point? {
    let (good, near, far) = (distance(0.85), distance(0.5), distance(0.1))
    switch kind {
    case .good: return draw(around: [own], (0, good), apartFrom: all, from: &stream)
    case .jitter: return draw(around: [own], (good, near), apartFrom: all, from: &stream)
    case .inversion: return draw(around: inverted.map { [$0] } ?? [], (0, near), apartFrom: all, from: &stream)
    case .swap:
      return draw(around: others, (0, near), apartFrom: [own] + (inverted.map { [$0] } ?? []), from: &stream)
    case .miss:
      // Around the joint itself four times as often as around each of the others.
      let centers = Array(repeating: own, count: 3) + all
      return draw(around: centers, (near, far), apartFrom: all, by: near, from: &stream)
    }
  }

  private func distance(_ similarity: Double) -> Double { unit * (-2 * log(similarity)).squareRoot() }

  /// A random point whose distance to a random center lies in `range` and that is closer to that center than to any other
  /// point (at least `least` away from them).
  ///
  /// - Returns: nil if a few tries find no such point.
  private func draw(
    around centers: [Point], _ range: (least: Double, most: Double), apartFrom places: [Point], by least: Double? = nil,
    from stream: inout RandomStream
  ) -> Point? {
    guard !centers.isEmpty else { return nil }
    for _ in 0..<Self.attempts {
      let center = centers[min(Int(stream.unit() * Double(centers.count)), centers.count - 1)]
      let angle = stream.uniform(0, 2 * .pi)
      let radius = stream.uniform(range.least, range.most)
      let point = Point(x: center.x + radius * cos(angle), y: center.y + radius * sin(angle))
      let isFree = places.allSatisfy { place in
        let (dx, dy) = (place.x - point.x, place.y - point.y)
        return place == center || (dx * dx + dy * dy).squareRoot() > least ?? radius
      }
      if isFree { return point }
    }
    return nil
  }
}

/// Which published numbers a joint goes by.
private enum Part {
  case nose, face, shoulder, arm, hip, knee, ankle

  init(_ joint: Joint) {
    let name = joint.rawValue
    func has(_ words: String...) -> Bool { words.contains { name.hasSuffix($0) } }
    self =
      if has("nose") { .nose } else if has("_eye", "_ear") || name.contains("head") { .face } else if has("shoulder") {
        .shoulder
      } else if has("hip", "pelvis") { .hip } else if has("knee") { .knee } else if has("ankle") { .ankle } else {
        .arm
      }
  }

  var isHead: Bool { self == .nose || self == .face }
  var isLower: Bool { self == .hip || self == .knee || self == .ankle }
}

/// How often each error happens to a joint.
private struct Rates {
  var shares: [SyntheticPoseErrors.Kind: Double]

  /// - Parameters:
  ///   - labelled: how many of the person's joints are.
  ///   - neighbours: how many people overlap the person.
  init(of part: Part, labelled: Int, neighbours: Int) {
    let jitter =
      (part == .hip ? 0.20 : part == .nose || part == .knee || part == .ankle ? 0.10 : 0.15)
      + (labelled <= 10 ? 0.05 : 0)
    let row = part.isHead ? 0 : part == .shoulder || part == .ankle ? 1 : 2
    let miss = labelled <= 5 ? [0.15, 0.20, 0.25] : labelled <= 10 ? [0.10, 0.13, 0.15] : [0.02, 0.05, 0.10]
    let inversion = part.isHead ? 0.01 : part.isLower ? 0.06 : 0.03
    let isCrowded = labelled <= 10 && neighbours > 0 || labelled <= 15 && neighbours >= 3
    let swap =
      isCrowded
      ? (part.isHead ? 0.02 : part.isLower ? 0.10 : 0.15) : (part.isHead ? 0.01 : part.isLower ? 0.03 : 0.06)
    shares = [
      .jitter: jitter, .miss: miss[row], .inversion: inversion, .swap: swap,
      .good: 1 - jitter - miss[row] - inversion - swap,
    ]
  }

  /// One of what is left; nil where nothing is.
  func draw(from stream: inout RandomStream) -> SyntheticPoseErrors.Kind? {
    let kinds = SyntheticPoseErrors.Kind.allCases.filter { shares[$0] != nil }
    var rest = stream.unit() * kinds.reduce(0) { $0 + (shares[$1] ?? 0) }
    for kind in kinds {
      rest -= shares[kind] ?? 0
      if rest < 0 { return kind }
    }
    return kinds.last
  }
}
