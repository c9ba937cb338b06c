import PoseCore
import PoseTracking
import PoseVideo

/// Counts the movements of an angle that each person repeats, and says them at the end.
final class RepetitionCounter: TrackWriter {
  let angle: JointAngle
  private let jointThreshold: Double
  private var series: [Int: (times: [Double], values: [Double?])] = [:]

  init(_ angle: JointAngle, jointThreshold: Double) { (self.angle, self.jointThreshold) = (angle, jointThreshold) }

  func write(_ frame: VideoFrame, _ people: [TrackedPose]) {
    for person in people {
      series[person.track, default: ([], [])].times.append(frame.time)
      series[person.track]?.values.append(angle(person.pose, jointScore: jointThreshold))
    }
  }

  /// The time and the angle of each movement of a person so far.
  func peaks(of track: Int) -> [Point] {
    guard let series = series[track] else { return [] }
    return Repetitions().peaks(of: series.values, at: series.times).map {
      Point(x: series.times[$0], y: series.values[$0] ?? .nan)
    }
  }

  func finish() {
    for track in series.keys.sorted() {
      let peaks = peaks(of: track)
      let times = peaks.map { $0.x.text(2) }.joined(separator: ", ")
      let count = "\(peaks.count) time\(peaks.count == 1 ? "" : "s")"
      Progress.note("person \(track): \(angle.name) \(count)\(peaks.isEmpty ? "" : ", at \(times) s")")
    }
  }
}
