import PoseCore
import PoseImage
import PoseTracking

/// Finds the poses of a video's frames one after another, and says who is who.
///
/// A detector looks for people only now and then; between, each person is followed by the box around the joints of the frame
/// before. Where somebody is not in that box any more, the detector looks at once.
///
/// ```swift
/// var follower = PeopleFollower(try PoseEstimator())
/// for person in try follower.people(in: image, at: 0.04) { print(person.track, person.pose.score) }
/// ```
public struct PeopleFollower: Sendable {
  /// When the detector looks for people.
  public enum Detection: Sendable, Hashable {
    /// Every so many frames; 1 for each.
    case frames(Int)
    /// Four times a second, where somebody is lost, and ten times a second while somebody is waited for.
    case automatic
  }

  /// What is done with the poses of a frame.
  public struct Options: Sendable {
    public var detection = Detection.automatic
    /// The most people that are followed, the largest first; nil for everybody. Who is chosen stays so until nobody waits for
    /// the person any more.
    public var mostPeople: Int?
    /// What takes jitter away as frames come; nil to leave the poses as they are found.
    public var smoother: LiveSmoother?
    /// Whether arms and legs whose sides the network exchanged are put right.
    public var fixesSwaps = false
    /// Where each frame is taken as one person's, without a detector, everything that is found is that person's instead.
    public var tracker = Tracker.Options()

    public init() {}
  }

  private let pipeline: PosePipeline
  private let options: Options
  private var tracker: Tracker
  private var smoother: LiveSmoother?
  private var swaps = SideSwaps()
  /// The numbers of those who are followed where not everybody is.
  private var chosen: Set<Int> = []
  private var lastLook: (time: Double, frame: Int)?
  private var frame = 0
  /// In how many frames the detector, or a network that finds everybody, looked for people.
  public private(set) var looks = 0

  /// How long the detector waits, in seconds: where nothing changes, and where somebody may come back.
  private static let patience = (usual: 0.25, missing: 0.1)

  public init(_ estimator: PoseEstimator, options: Options = Options()) {
    pipeline = estimator.pipeline
    (self.options, smoother) = (options, options.smoother)
    tracker = Tracker(options: estimator.pipeline.isOnePersons ? .one : options.tracker)
  }

  /// The people in the next frame, by their numbers.
  ///
  /// - Parameters:
  ///   - image: the frame, upright.
  ///   - time: when it is shown, in seconds; later than the one before.
  /// - Throws: what the estimator throws.
  public mutating func people(in image: Image, at time: Double) throws -> [TrackedPose] {
    defer { frame += 1 }
    let poses = try followed(in: image, at: time) ?? found(in: image, at: time)
    var people = tracker.update(poses, at: time)
    if let most = options.mostPeople { people = chosen(people, most, at: time) }
    if options.fixesSwaps {
      for index in people.indices {
        people[index].pose = people[index].pose.exchangingSides(of: swaps.find(in: people[index], at: time))
      }
    }
    return smoother?(people, at: time) ?? people
  }

  private mutating func chosen(_ people: [TrackedPose], _ most: Int, at time: Double) -> [TrackedPose] {
    chosen.formIntersection(tracker.expected(at: time).map(\.track))
    let others = people.filter { !chosen.contains($0.track) }
      .sorted { $0.pose.boundingBox.area > $1.pose.boundingBox.area }
    chosen.formUnion(others.prefix(max(0, most - chosen.count)).map(\.track))
    return people.filter { chosen.contains($0.track) }
  }

  /// Everybody whom the detector finds.
  private mutating func found(in image: Image, at time: Double) throws -> [Pose] {
    lastLook = (time, frame)
    looks += 1
    return try pipeline.poses(in: Picture(image))
  }

  /// The poses of those who were there in the frame before; nil where it is time to look for people, or somebody is lost.
  private func followed(in image: Image, at time: Double) throws -> [Pose]? {
    guard let lastLook, pipeline.network.needsPeople, pipeline.detector.looksAtPixels else { return nil }
    let known = tracker.expected(at: time)
    let expected = known.filter { $0.missing == 0 }
    let patience = expected.count == known.count ? Self.patience.usual : Self.patience.missing
    let isDue =
      switch options.detection {
      case .frames(let count): frame - lastLook.frame >= count
      // Times are rounded in files.
      case .automatic: time - lastLook.time >= patience - 0.001
      }
    if isDue { return nil }
    let regions = expected.map {
      PersonRegion(PoseCore.Detection($0.pose.boxAroundJoints, score: $0.pose.boxScore))
    }
    let poses = try pipeline.network.poses(in: Picture(image), people: regions)
    let areHeld = zip(poses, expected).allSatisfy { $0.holds($1.pose) }
    return areHeld ? poses.suppressed() : nil
  }
}

extension PosePipeline {
  /// Whether each picture is taken as that of one person.
  fileprivate var isOnePersons: Bool { network.needsPeople && detector is WholePicture }
}

extension Tracker.Options {
  /// Those for one pose a frame, always of the same person.
  fileprivate static var one: Tracker.Options {
    var options = Tracker.Options()
    (options.sureScore, options.leastScore) = (0, 0)
    // Below that of anything, so that nobody else comes.
    options.leastSimilarity = -1
    (options.confirmation, options.patience) = (0, .infinity)
    return options
  }
}

extension Pose {
  /// The box that a person fills whose joints are these, as detectors draw it.
  fileprivate var boxAroundJoints: BoundingBox {
    let seen = keypoints.filter { $0.score >= 0.3 }.map(\.position)
    guard seen.count > 4, let left = seen.map(\.x).min(), let right = seen.map(\.x).max(),
      let top = seen.map(\.y).min(), let bottom = seen.map(\.y).max()
    else { return boundingBox }
    // Bodies reach beyond their joints, heads most.
    let (width, height) = (right - left, bottom - top)
    let (across, above, below) = (0.1 * max(width, height / 3), 0.12 * height, 0.07 * height)
    return BoundingBox(x: left - across, y: top - above, width: width + 2 * across, height: height + above + below)
  }

  /// Whether somebody who was expected in a pose is still there: as sure as half of before, and not far from it.
  fileprivate func holds(_ expected: Pose) -> Bool {
    score >= 0.5 * expected.score && boxAroundJoints.overlap(with: expected.boxAroundJoints) >= 0.4
  }
}
