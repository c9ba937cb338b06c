import PoseCore

/// Finds where a network took a person's left arm or leg for the right one: both ends of the pairs are much nearer to where
/// the other side was just before.
///
/// Arms and legs are looked at by themselves. What is found is compared with the person as corrected, so that each frame of a
/// longer mistake is found, too; after half a second the new sides are believed. Nothing is said where both sides nearly
/// coincide, as in a profile.
public struct SideSwaps: Sendable {
  /// A part of the body whose sides a network may exchange.
  public enum Part: String, Sendable, Hashable, Codable, CaseIterable {
    case arms, legs

    /// Parts of joints' names.
    fileprivate var words: [String] {
      switch self {
      case .arms: ["shoulder", "elbow", "wrist", "hand"]
      case .legs: ["hip", "knee", "ankle", "heel", "toe", "foot"]
      }
    }
  }

  /// What counts as a swap.
  public struct Options: Sendable, Hashable, Codable {
    /// How many times nearer the joints must be to where the other side was.
    public var ratio = 3.0
    /// How far the sides must be from each other in the mean, in sizes of the person: nearer ones cannot be told apart.
    public var distance = 0.06
    /// After so many seconds the new sides are believed.
    public var patience = 0.5
    /// The score below which a joint does not count.
    public var jointScore = 0.2
    /// After so many seconds without the person nothing is compared.
    public var gap = 0.25

    public init() {}
  }

  public var options: Options
  private var people: [Int: [Part: State]] = [:]

  /// A part as last seen, its sides corrected.
  private struct State {
    var keypoints: [Keypoint]
    var time: Double
    /// When the sides began to be exchanged; nil where they are not.
    var swappedSince: Double?
  }

  public init(options: Options = Options()) { self.options = options }

  /// The parts whose sides are exchanged in a person's pose.
  ///
  /// - Parameters:
  ///   - person: the poses of each person in the order of their times.
  ///   - time: of the frame, in seconds.
  public mutating func find(in person: TrackedPose, at time: Double) -> [Part] {
    let pose = person.pose
    people = people.filter { $0.value.values.contains { time - $0.time <= options.gap } }
    var states = people[person.track] ?? [:]
    var swapped: [Part] = []
    for part in Part.allCases {
      let pairs = pose.skeleton.pairs(of: part)
      let exchanged = pose.exchangingSides(pairs)
      var state =
        states[part].flatMap { time - $0.time <= options.gap ? $0 : nil }
        ?? State(keypoints: pose.keypoints, time: time)
      let isSwapped = isNearer(exchanged, than: pose, to: state.keypoints, pairs)
      let since = isSwapped ? state.swappedSince ?? time : time
      if isSwapped, time - since <= options.patience {
        swapped.append(part)
        state = State(keypoints: exchanged.keypoints, time: time, swappedSince: since)
      } else {
        state = State(keypoints: pose.keypoints, time: time)
      }
      states[part] = state
    }
    people[person.track] = states
    return swapped
  }

  private func isNearer(_ exchanged: Pose, than pose: Pose, to last: [Keypoint], _ pairs: [Skeleton.Pair]) -> Bool {
    let seen = pairs.filter { pair in
      [pair.first, pair.second].allSatisfy { min(pose.keypoints[$0].score, last[$0].score) >= options.jointScore }
    }
    guard seen.count > 1 else { return false }
    func mean(_ distances: [Double]) -> Double { distances.reduce(0, +) / Double(distances.count) }
    func change(_ keypoints: [Keypoint]) -> Double {
      mean(seen.flatMap { [$0.first, $0.second] }.map { keypoints[$0].position.distance(to: last[$0].position) })
    }
    let apart = mean(seen.map { pose.keypoints[$0.first].position.distance(to: pose.keypoints[$0.second].position) })
    let (asIs, other) = (change(pose.keypoints), change(exchanged.keypoints))
    return apart > options.distance * pose.size && asIs > options.ratio * other
  }
}

extension Pose {
  /// The pose with the left and right joints of some parts exchanged.
  public func exchangingSides(of parts: [SideSwaps.Part]) -> Pose {
    exchangingSides(parts.flatMap { skeleton.pairs(of: $0) })
  }

  fileprivate func exchangingSides(_ pairs: [Skeleton.Pair]) -> Pose {
    var exchanged = self
    for pair in pairs { exchanged.keypoints.swapAt(pair.first, pair.second) }
    return exchanged
  }
}

extension Skeleton {
  fileprivate func pairs(of part: SideSwaps.Part) -> [Pair] {
    flipPairs.filter { pair in part.words.contains { joints[pair.first].rawValue.contains($0) } }
  }
}

extension Point {
  func distance(to other: Point) -> Double {
    ((x - other.x) * (x - other.x) + (y - other.y) * (y - other.y)).squareRoot()
  }
}
