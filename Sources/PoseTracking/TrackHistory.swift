import PoseCore

/// The people of a whole video, frame by frame, whose movements can be smoothed without delay.
///
/// ```swift
/// var history = TrackHistory()
/// for frame in frames { history.append(tracker.update(frame.poses, at: frame.time), at: frame.time) }
/// let smooth = try history.smoothed(by: OfflineSmoother())
/// ```
public struct TrackHistory: Sendable {
  /// The times of the frames, in seconds.
  public private(set) var times: [Double] = []
  /// The people of each frame.
  public private(set) var frames: [[TrackedPose]] = []
  /// Joints of a lower score are not seen.
  public var jointScore: Double

  public init(jointScore: Double = 0.2) { self.jointScore = jointScore }

  /// Adds a frame.
  ///
  /// - Precondition: the frame is later than the one before.
  public mutating func append(_ people: [TrackedPose], at time: Double) {
    precondition(times.last.map { $0 < time } ?? true, "times must rise")
    times.append(time)
    frames.append(people)
  }

  /// A movement's changes beside the jitter.
  public struct Changes: Sendable, Hashable {
    /// How many positions were far from those around them.
    public var removed = 0
    /// How many positions that were not seen were filled.
    public var filled = 0
  }

  /// The frames with smoothed joints. A joint that is filled has ``jointScore``, one that is removed and not filled a score
  /// of 0. People are in the frames in which they were.
  ///
  /// - Throws: ``SmoothingError`` where the filter's cutoff is too high for the rate of the frames.
  public func smoothed(by smoother: OfflineSmoother) throws(SmoothingError) -> (frames: [[TrackedPose]], Changes) {
    var places: [Int: [(frame: Int, index: Int)]] = [:]
    for (frame, people) in frames.enumerated() {
      for (index, person) in people.enumerated() { places[person.track, default: []].append((frame, index)) }
    }
    var (smoothed, changes) = (frames, Changes())
    for places in places.values {
      guard let first = places.first?.frame, let last = places.last?.frame else { continue }
      let joints = places.map { frames[$0.frame][$0.index].pose.keypoints.count }.min() ?? 0
      for joint in 0..<joints {
        // Frames without the person are gaps, so that the rate is the video's.
        var positions = [Point?](repeating: nil, count: last - first + 1)
        for place in places {
          let keypoint = frames[place.frame][place.index].pose.keypoints[joint]
          if keypoint.score >= jointScore { positions[place.frame - first] = keypoint.position }
        }
        let result = try smoother(JointSeries(times: Array(times[first...last]), positions: positions))
        let filled = Set(result.filled)
        changes.removed += result.removed.count
        for place in places {
          let position = result.series.positions[place.frame - first]
          var keypoint = frames[place.frame][place.index].pose.keypoints[joint]
          if let position {
            keypoint = Keypoint(position: position, score: max(keypoint.score, jointScore))
          } else if keypoint.score >= jointScore {
            keypoint.score = 0
          }
          if filled.contains(place.frame - first) { changes.filled += 1 }
          smoothed[place.frame][place.index].pose.keypoints[joint] = keypoint
        }
      }
    }
    return (smoothed, changes)
  }
}
