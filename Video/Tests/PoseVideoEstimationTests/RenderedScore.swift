import PoseCore
import PoseMetrics
import PoseTracking
import RenderedPeople

/// What was found in a rendered video, beside the truth.
///
/// A person of whom half of the joints can be seen, or are hidden by the own body alone, is to be found, by these joints. Who
/// is hidden more than that may be found or not.
struct RenderedScore {
  /// The frames as found.
  private(set) var frames: [TrackingFrame] = []
  /// The same, as if each pose had been given to the person whom it is most similar to.
  private(set) var idealFrames: [TrackingFrame] = []
  /// The numbers of each person in the order in which they were got. A pose counts that is one person's much more than
  /// another's, which it is not where both are in the same place.
  private(set) var numbers: [[Int]]
  /// For how many frames in a row each person could not be seen, at most.
  private(set) var longestHidden: [Int]
  /// How many poses show left for right.
  private(set) var exchanged = 0
  private(set) var count = 0
  private var hidden: [Int]

  init(people: Int) {
    numbers = .init(repeating: [], count: people)
    (hidden, longestHidden) = (.init(repeating: 0, count: people), .init(repeating: 0, count: people))
  }

  /// Adds a frame.
  mutating func add(_ truth: [RenderedVideo.Person], _ found: [TrackedPose]) {
    let counted = truth.indices.filter { 2 * truth[$0].known.count > truth[$0].joints.count }
    for index in truth.indices {
      hidden[index] = truth[index].known.isEmpty ? hidden[index] + 1 : 0
      longestHidden[index] = max(longestHidden[index], hidden[index])
    }
    let all = truth.map { person in found.map { person.similarity(to: $0.pose) } }
    func most(_ people: [Int], _ column: Int) -> Double { people.map { all[$0][column] }.max() ?? 0 }
    let others = truth.indices.filter { !counted.contains($0) }
    let kept = found.indices.filter { most(others, $0) <= max(0.2, most(counted, $0)) }
    let similarities = counted.map { person in kept.map { all[person][$0] } }
    frames.append(TrackingFrame(people: counted, tracks: kept.map { found[$0].track }, similarities: similarities))

    var owners = kept.map { -1 - found[$0].track }
    let pairs = counted.indices.flatMap { row in kept.indices.map { (row, column: $0) } }
      .sorted { similarities[$0.0][$0.1] > similarities[$1.0][$1.1] }
    var free = Set(counted.indices)
    for (row, column) in pairs where similarities[row][column] > 0.05 && owners[column] < 0 {
      guard free.remove(row) != nil else { continue }
      owners[column] = counted[row]
      let (pose, person) = (found[kept[column]], counted[row])
      let rival = truth.indices.filter { $0 != person }.map { all[$0][kept[column]] }.max() ?? 0
      guard similarities[row][column] >= max(0.5, rival + 0.2) else { continue }
      count += 1
      if truth[person].similarity(to: pose.pose.exchangingSides(of: [.arms, .legs])) > similarities[row][column] {
        exchanged += 1
      }
      if numbers[person].last != pose.track { numbers[person].append(pose.track) }
    }
    idealFrames.append(TrackingFrame(people: counted, tracks: owners, similarities: similarities))
  }
}

extension RenderedVideo.Person {
  /// The joints that can be seen, or are hidden by the own body alone.
  fileprivate var known: [Int] {
    joints.indices.filter { joints[$0].visibility == .seen || joints[$0].visibility == .behindOwnBody }
  }

  /// The object keypoint similarity by the joints that can be seen, or by all where none can.
  fileprivate func similarity(to pose: Pose) -> Double {
    let size = bounds.highest - bounds.lowest
    let area = Double(size.x * size.y)
    let compared = known.count > 4 ? known : Array(joints.indices)
    let truth = compared.map {
      Keypoint(x: Double(joints[$0].position.x), y: Double(joints[$0].position.y), score: 1)
    }
    return objectKeypointSimilarity(
      truth, compared.map { pose.keypoints[$0] }, areas: (area, area),
      sigmas: compared.map { Skeleton.coco17.sigmas[$0] })
  }
}
