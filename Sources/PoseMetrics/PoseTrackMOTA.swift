import PoseCore

/// PoseTrack's multiple object tracking accuracy of joints in percent (Andriluka et al., CVPR 2018), as poseval computes it
/// with py-motmetrics 1.4. In each video, each joint is tracked by itself: a person's joint and a result's may match within
/// half of the head's size, whatever the other joints are like.
///
/// These peculiarities of poseval are kept:
///
/// - Frames without annotated people do not count, and neither does the last one of the others in each video, so that a
///   video of one frame counts for nothing (poseval itself fails there).
/// - A frame with people but without results counts as one missed person and one wrong result for each joint, however many
///   people there are and whatever they have annotated. So does a frame with all people or all results in ignored regions.
/// - MOTP is not the mean distance of matches: the distance of each pair that may match is added, those of matches once more,
///   and those of some changes of tracks again; the sum is divided by the number of matches. It may be below 0. A joint
///   without a match has a MOTP of 0, which the mean contains, while joints without a value of the other metrics are left out.
/// - A person's joint that is not annotated is nowhere, so that a result's joint there is wrong.
public struct PoseTrackMOTA: Sendable, Hashable {
  /// The numbers of a joint, or their means over joints, in percent.
  public struct Scores: Sendable, Hashable {
    /// 100 less missed, switched and wrong joints by annotated ones. It is below 0 where there are more of them; NaN if
    /// the joint is annotated nowhere.
    public var mota: Double
    /// 100 less distances by matches, in sizes of the head.
    public var motp: Double
    /// Matched joints by those found; NaN if there are none.
    public var precision: Double
    /// Matched joints by annotated ones; NaN if there are none.
    public var recall: Double
  }

  /// The numbers of each joint of ``Skeleton/poseTrack18`` except the ears.
  public var joints: [Joint: Scores]
  /// The means over the joints whose value is not NaN.
  public var total: Scores

  /// Computes the metric.
  ///
  /// - Throws: ``MetricError`` if a pose does not have 17 joints, if a number is not finite, if a person or a result has no
  ///   track, or if two results of a frame have the same one.
  public init(_ frames: [PoseTrackFrame]) throws(MetricError) {
    for (index, frame) in frames.enumerated() { try Self.check(frame, index) }
    let videos = Dictionary(grouping: frames.filter { !$0.people.isEmpty }, by: \.video).sorted { $0.key < $1.key }
    let counts = concurrentMap(videos.count) { Self.events(videos[$0].value.dropLast()) }
    let scores = JointTable.names.indices.map { joint in Scores(counts.map { $0[joint] }) }
    joints = Dictionary(uniqueKeysWithValues: zip(JointTable.names, scores))
    let table = joints
    func mean(_ value: (Scores) -> Double) -> Double { JointTable(values: table.mapValues(value)).total }
    total = Scores(mota: mean(\.mota), motp: mean(\.motp), precision: mean(\.precision), recall: mean(\.recall))
  }

  /// The numbers that poseval prints, by name: `MOTA` of groups of joints and in total, then `MOTP`, `Precision` and
  /// `Recall` in total.
  public var values: [MetricValue] {
    let accuracies = JointTable(values: joints.mapValues(\.mota)).groups + [MetricValue("Total", total.mota)]
    return accuracies.map { MetricValue("MOTA \($0.name)", $0.value) } + [
      MetricValue("MOTP", total.motp), MetricValue("Precision", total.precision), MetricValue("Recall", total.recall),
    ]
  }

  private static func check(_ frame: PoseTrackFrame, _ index: Int) throws(MetricError) {
    try frame.check("of frame \(index)")
    if let person = frame.people.firstIndex(where: { $0.track == nil }) {
      throw .noTrack(what: "person \(person) of frame \(index)")
    }
    var seen: Set<Int> = []
    for result in frame.results.indices {
      guard let track = frame.track(of: result) else { throw .noTrack(what: "result \(result) of frame \(index)") }
      guard seen.insert(track).inserted else { throw .repeatedPerson(what: "track \(track)", frame: index) }
    }
  }

  /// What happens to each joint in a video's frames.
  private static func events(_ frames: ArraySlice<PoseTrackFrame>) -> [MOTAccumulator] {
    var joints = JointTable.names.map { _ in MOTAccumulator() }
    for frame in frames.lazy.map({ CountedFrame($0) }) {
      if frame.people.isEmpty || frame.results.isEmpty {
        for joint in joints.indices { joints[joint].updateWithoutMatch() }
        continue
      }
      let distances = frame.people.map { person in frame.results.map { $0.pose.distances(to: person) } }
      for joint in joints.indices {
        let people = frame.people.indices.filter { frame.people[$0].pose.joints[joint] != nil }
        let results = frame.results.indices.filter { frame.results[$0].pose.joints[joint] != nil }
        joints[joint].update(
          people: people.compactMap { frame.people[$0].track }, tracks: results.compactMap { frame.results[$0].track },
          distances: people.map { person in results.map { distances[person][$0][joint] } })
      }
    }
    return joints
  }
}

extension PoseTrackMOTA.Scores {
  /// - Parameter videos: what happened to a joint in each video.
  fileprivate init(_ videos: [MOTAccumulator]) {
    func sum(_ count: (MOTAccumulator) -> Int) -> Double { Double(videos.reduce(0) { $0 + count($1) }) }
    let (people, detections, wrong) = (sum(\.people), sum(\.detections), sum(\.falsePositives))
    let distances = videos.reduce(0) { $0 + $1.distances }
    self.init(
      mota: people > 0 ? 100 * (1 - (sum(\.misses) + sum(\.switches) + wrong) / people) : .nan,
      motp: detections > 0 ? 100 * (1 - distances / detections) : 0,
      precision: wrong + detections > 0 ? 100 * (detections / (wrong + detections)) : .nan,
      recall: people > 0 ? 100 * (detections / people) : .nan)
  }
}

extension [PoseTrackFrame] {
  /// Whether people are numbered over time both in annotations and in results. One of several is enough: those without a
  /// number are then an error of ``PoseTrackMOTA``.
  package var areTracked: Bool {
    let results = flatMap { frame in frame.results.indices.map { frame.track(of: $0) } }
    return contains { $0.people.contains { $0.track != nil } } && (results.isEmpty || results.contains { $0 != nil })
  }
}
