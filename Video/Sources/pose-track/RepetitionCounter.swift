import PoseTracking
import PoseVideo

/// Counts the movements of an angle that each person repeats, and says them at the end.
final class RepetitionCounter: TrackWriter {
  private let angle: JointAngle
  private let jointThreshold: Double
  private var series: [Int: (times: [Double], values: [Double?])] = [:]

  init(_ angle: JointAngle, jointThreshold: Double) { (self.angle, self.jointThreshold) = (angle, jointThreshold) }

  func write(_ frame: VideoFrame, _ people: [TrackedPose]) {
    for person in people {
      series[person.track, default: ([], [])].times.append(frame.time)
      series[person.track]?.values.append(angle(person.pose, jointScore: jointThreshold))
    }
  }

  func finish() {
    for (track, series) in series.sorted(by: { $0.key < $1.key }) {
      let peaks = Repetitions().peaks(of: series.values, at: series.times)
      let times = peaks.map { series.times[$0].text(2) }.joined(separator: ", ")
      Progress.note("person \(track): \(angle.name) \(peaks.count) times\(peaks.isEmpty ? "" : ", at \(times) s")")
    }
  }
}
