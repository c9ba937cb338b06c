import Foundation
import PoseCore

/// Rendered by nobody: people of sticks who walk, with known joints at any time.
struct Walker {
  /// Where the hips' middle is at time 0, and how fast it moves, in pixels and pixels a second.
  var start: Point
  var velocity: Point
  var height = 200.0
  /// The phase of the steps.
  var phase = 0.0
  /// Steps a second, both legs.
  var rate = 1.8
  /// When the person is there.
  var presence: ClosedRange<Double> = -1000...1000

  func center(at time: Double) -> Point { Point(x: start.x + velocity.x * time, y: start.y + velocity.y * time) }

  /// The true pose, in COCO's order.
  func pose(at time: Double) -> Pose {
    let (center, unit) = (center(at: time), height / 200)
    let swing = sin(2 * .pi * (rate / 2 * time + phase))
    let side = velocity.x < 0 ? -1.0 : 1
    /// A joint, in pixels of a person who is 200 pixels high, from the hips' middle on; `forward` in the direction of the walk.
    func joint(_ forward: Double, _ across: Double, _ down: Double) -> Keypoint {
      Keypoint(x: center.x + unit * (side * forward + across), y: center.y + unit * down, score: 0.9)
    }
    let head = [(10.0, 0.0, -92.0), (7, -4, -97), (7, 4, -97), (-2, -9, -94), (-2, 9, -94)]
    let shoulders = [(0.0, -18.0, -65.0), (0, 18, -65)]
    let elbows = [(-14 * swing, -22.0, -35.0), (14 * swing, 22, -35)]
    let wrists = [(-32 * swing + 6, -22.0, -10.0), (32 * swing + 6, 22, -10)]
    let hips = [(0.0, -12.0, 0.0), (0, 12, 0)]
    let knees = [(22 * swing + 4, -12.0, 42.0), (-22 * swing + 4, 12, 42)]
    let ankles = [(42 * swing - 6, -12.0, 86.0), (-42 * swing - 6, 12, 86)]
    let keypoints = (head + shoulders + elbows + wrists + hips + knees + ankles).map { joint($0.0, $0.1, $0.2) }
    return Pose(keypoints: keypoints)
  }
}

extension Pose {
  /// A pose with the box around its joints.
  init(keypoints: [Keypoint], score: Double = 0.8) {
    let (xs, ys) = (keypoints.map(\.position.x), keypoints.map(\.position.y))
    let (left, top) = (xs.min() ?? 0, ys.min() ?? 0)
    let box = BoundingBox(x: left, y: top, width: (xs.max() ?? 0) - left, height: (ys.max() ?? 0) - top)
    self.init(boundingBox: box, score: score, keypoints: keypoints, skeleton: .coco17)
  }
}

/// People who are seen by a camera, those in front first, with what a network makes of them.
struct Scene {
  var walkers: [Walker]
  var rate = 30.0
  var seconds: Double
  /// The deviation of joints, in pixels.
  var noise = 3.0
  /// How often a joint is not seen, and how often a whole person.
  var gaps = (joint: 0.05, person: 0.05)
  /// Who overlaps with somebody in front by more than this share is not seen.
  var hidden = 0.5
  var seed: UInt64

  struct Frame {
    var time: Double
    var poses: [Pose]
    /// Whose poses they are.
    var truth: [Int]
  }

  func frames() -> [Frame] {
    var random = SplitMix(state: seed)
    return (0...Int(seconds * rate)).map { index in
      let time = Double(index) / rate
      var frame = Frame(time: time, poses: [], truth: [])
      var inFront: [BoundingBox] = []
      for (number, walker) in walkers.enumerated() where walker.presence.contains(time) {
        let pose = walker.pose(at: time)
        let box = pose.boundingBox
        defer { inFront.append(box) }
        if inFront.contains(where: { $0.commonArea(with: box) > hidden * box.area }) || random.unit() < gaps.person {
          continue
        }
        var keypoints = pose.keypoints
        for joint in keypoints.indices {
          if random.unit() < gaps.joint { keypoints[joint].score = 0.05 }
          let far = keypoints[joint].score < 0.1 ? 10.0 : 1
          keypoints[joint].position.x += far * noise * random.normal()
          keypoints[joint].position.y += far * noise * random.normal()
        }
        var seen = Pose(keypoints: keypoints)
        seen.boundingBox = box
        frame.poses.append(seen)
        frame.truth.append(number)
      }
      // In no order.
      let order = frame.poses.indices.shuffled(using: &random)
      return Frame(time: time, poses: order.map { frame.poses[$0] }, truth: order.map { frame.truth[$0] })
    }
  }
}

/// SplitMix64, so that scenes are the same everywhere.
struct SplitMix: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  mutating func unit() -> Double { Double(next() >> 11) * 0x1p-53 }
  mutating func uniform(_ range: ClosedRange<Double>) -> Double {
    range.lowerBound + unit() * (range.upperBound - range.lowerBound)
  }
  mutating func normal() -> Double {
    (-2 * Foundation.log(1 - unit())).squareRoot() * cos(2 * .pi * unit())
  }
}
