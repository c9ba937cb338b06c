import PoseCore

/// What a tracker knows of a person: the last pose and how the person moves.
struct PersonTrack: Sendable {
  /// The person's number; nil until the tracker is sure that there is somebody.
  var number: Int?
  private(set) var pose: Pose
  /// In pixels. Who is half hidden is not smaller for that, so the size shrinks slowly.
  private(set) var size: Double
  private(set) var firstSeen: Double
  private(set) var lastSeen: Double
  private let motion: Motion
  private var x: ConstantVelocity
  private var y: ConstantVelocity

  /// How people move. Lengths are in sizes of the person, the square root of the box's area.
  struct Motion: Sendable, Hashable {
    /// How far a measured place is off.
    var error = 0.03
    /// The score below which a pose's place is less exact: of who is half hidden, joints are found at the edge.
    var exactScore = 0.5
    /// The deviation of speeds, a second, before any is known.
    var speed = 1.0
    /// The deviation that a speed gains in a second.
    var noise = 0.5
    /// After so many seconds without the person, the way between both sightings says more about the speed than what was
    /// believed before (observation-centric re-update, Cao et al., OC-SORT, CVPR 2023).
    var gap = 0.25
    /// The score below which a joint says nothing about where the person is.
    var jointScore = 0.2
    /// In how many seconds the size may shrink to half of it.
    var shrinking = 3.0
  }

  init(_ pose: Pose, at time: Double, motion: Motion) {
    (self.pose, size) = (pose, pose.size)
    (firstSeen, lastSeen) = (time, time)
    self.motion = motion
    let (center, size) = (pose.boundingBox.center, size)
    func filter(_ position: Double) -> ConstantVelocity {
      ConstantVelocity(
        position: position, deviation: motion.error * size, velocityDeviation: motion.speed * size)
    }
    (x, y) = (filter(center.x), filter(center.y))
  }

  /// The pose moved to where the person should be.
  func predictedPose(at time: Double) -> Pose {
    let (x, y) = predicted(at: time)
    return pose.moved(x: x.position - self.x.position, y: y.position - self.y.position)
  }

  /// How far a pose is from where the person should be, in standard deviations.
  func distance(to other: Pose, at time: Double) -> Double {
    let (x, y) = predicted(at: time)
    let way = pose.way(to: other, jointScore: motion.jointScore)
    let error = motion.error * size
    func squared(_ filter: ConstantVelocity, _ measured: Double) -> Double {
      let deviation = filter.deviation
      return (measured - filter.position) * (measured - filter.position) / (deviation * deviation + error * error)
    }
    return (squared(x, self.x.position + way.x) + squared(y, self.y.position + way.y)).squareRoot()
  }

  /// Takes the person's pose at a later time.
  mutating func update(with other: Pose, at time: Double) {
    let way = pose.way(to: other, jointScore: motion.jointScore)
    let (place, seconds) = ((x: x.position + way.x, y: y.position + way.y), time - lastSeen)
    size = max(other.size, size / (1 + seconds / motion.shrinking))
    let doubt = max(1, motion.exactScore / max(other.score, 0.05))
    let error = motion.error * size * doubt * doubt
    if seconds > motion.gap {
      x.restart(at: place.x, velocity: way.x / seconds, deviation: error, velocityDeviation: motion.speed * size / 2)
      y.restart(at: place.y, velocity: way.y / seconds, deviation: error, velocityDeviation: motion.speed * size / 2)
    } else {
      (x, y) = predicted(at: time)
      x.correct(place.x, deviation: error)
      y.correct(place.y, deviation: error)
    }
    (pose, lastSeen) = (other, time)
  }

  private func predicted(at time: Double) -> (x: ConstantVelocity, y: ConstantVelocity) {
    let (seconds, noise) = (max(0, time - lastSeen), motion.noise * size)
    return (x.predicted(after: seconds, noise: noise), y.predicted(after: seconds, noise: noise))
  }
}

extension BoundingBox {
  var center: Point { Point(x: x + width / 2, y: y + height / 2) }
}

extension Pose {
  /// The person's size in pixels.
  var size: Double { max(boundingBox.area, 1).squareRoot() }

  /// The same pose elsewhere.
  func moved(x: Double, y: Double) -> Pose {
    var moved = self
    moved.boundingBox.x += x
    moved.boundingBox.y += y
    for index in keypoints.indices {
      moved.keypoints[index].position.x += x
      moved.keypoints[index].position.y += y
    }
    return moved
  }

  /// How far the person went to be in another pose: the mean way of the joints that both show, or that of the boxes' middles.
  /// So the way does not jump where a limb is hidden or stretched.
  func way(to other: Pose, jointScore: Double) -> Point {
    var (sum, weight, count) = (Point(x: 0, y: 0), 0.0, 0)
    for (own, other) in zip(keypoints, other.keypoints) where min(own.score, other.score) >= jointScore {
      let share = min(own.score, other.score)
      sum.x += share * (other.position.x - own.position.x)
      sum.y += share * (other.position.y - own.position.y)
      (weight, count) = (weight + share, count + 1)
    }
    if count >= 3, weight > 0 { return Point(x: sum.x / weight, y: sum.y / weight) }
    let (from, to) = (boundingBox.center, other.boundingBox.center)
    return Point(x: to.x - from.x, y: to.y - from.y)
  }
}
