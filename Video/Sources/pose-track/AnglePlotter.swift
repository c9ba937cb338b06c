import Foundation
import PoseCore
import PoseImage
import PoseMedia
import PoseTracking
import PoseVideo

/// A picture for each person with the angles of joints over time, written once the person is gone.
final class AnglePlotter: TrackWriter {
  private let folder: OutputFolder
  private let jointThreshold: Double
  private let counter: RepetitionCounter?
  private let plots: [Plot]
  private let angles: [JointAngle]
  private var people: [Int: PersonAngles] = [:]
  private var found: [TrackedPose]?
  private var hasBegun = false

  /// Nobody comes back after so many seconds.
  private static let patience = Tracker.Options().patience + 1

  /// Angles in one system of axes.
  private struct Plot {
    let title: String
    /// The angle of each side.
    let angles: [(name: String, side: Joint.Side)]
  }

  /// - Parameters:
  ///   - folder: where the pictures go.
  ///   - counter: whose repetitions are marked.
  init(_ folder: OutputFolder, jointThreshold: Double, counter: RepetitionCounter?) {
    (self.folder, self.jointThreshold, self.counter) = (folder, jointThreshold, counter)
    func both(_ name: String) -> Plot {
      Plot(
        title: name.replacing("_", with: " "), angles: [("\(name)_left", .left), ("\(name)_right", .right)])
    }
    var plots = ["knee", "hip", "elbow", "shoulder"].map(both)
    plots.append(Plot(title: "trunk", angles: [("trunk", .middle)]))
    if let name = counter?.angle.name, !plots.contains(where: { $0.angles.contains { $0.name == name } }) {
      plots.append(both(String(name.prefix(upTo: name.lastIndex(of: "_") ?? name.endIndex))))
    }
    self.plots = plots
    angles = plots.flatMap(\.angles).compactMap { JointAngle.named($0.name) }
  }

  func take(found people: [TrackedPose]) { found = people }

  func write(_ frame: VideoFrame, _ people: [TrackedPose]) throws {
    try begin()
    let found = self.found.map { Dictionary($0.map { ($0.track, $0.pose) }) { first, _ in first } }
    let present = Dictionary(people.map { ($0.track, $0.pose) }) { first, _ in first }
    for track in present.keys where self.people[track] == nil {
      self.people[track] = PersonAngles(angles: angles.count)
    }
    func values(_ pose: Pose) -> [Double?] { angles.map { $0(pose, jointScore: jointThreshold) } }
    for track in Array(self.people.keys) {
      self.people[track]?.add(present[track].map(values), found: found?[track].map(values), at: frame.time)
    }
    self.found = nil
    for (track, person) in self.people where frame.time - person.lastTime > Self.patience {
      try draw(person, track)
      self.people[track] = nil
    }
  }

  func finish() throws {
    try begin()
    for (track, person) in people { try draw(person, track) }
    people = [:]
  }

  private func begin() throws {
    if !hasBegun { try folder.removeFiles("person", ".png") }
    hasBegun = true
  }

  private func draw(_ person: PersonAngles, _ track: Int) throws {
    guard let first = person.times.first else { return }
    let palette = DrawingStyle.Palette(track: track).onWhite
    var index = 0
    let charts = plots.map { plot in
      var chart = LineChart(title: "Person \(track): \(plot.title)", axis: "seconds", lines: [])
      (chart.unit, chart.horizontal) = ("°", first...max(person.lastTime, first))
      for (name, side) in plot.angles {
        let color = side == .left ? palette.left : side == .right ? palette.right : palette.middle
        let label = side == .middle ? "" : "\(side)"
        func line(_ words: String, _ color: Color, found: Bool) -> LineChart.Line {
          var line = LineChart.Line(name: words, color: color, points: person.points(index, found: found))
          (line.width, line.keepsExtremes) = (found ? 1 : 1.8, true)
          return line
        }
        if person.isSmoothed {
          let words = label.isEmpty ? "as found" : "\(label) as found"
          chart.lines.insert(line(words, color.faint, found: true), at: chart.lines.count / 2)
        }
        chart.lines.append(line(label.isEmpty && person.isSmoothed ? "smoothed" : label, color, found: false))
        if let counter, counter.angle.name == name {
          chart.marks = counter.peaks(of: track)
          chart.title +=
            ", \(chart.marks.count) repetition\(chart.marks.count == 1 ? "" : "s")"
            + (label.isEmpty ? "" : " on the \(label)")
        }
        index += 1
      }
      let values = chart.lines.flatMap(\.points).map(\.y).filter(\.isFinite)
      let middle = ((values.min() ?? 0) + (values.max() ?? 0)) / 2
      // Jitter of a joint that rests does not fill the chart.
      chart.vertical = middle - 15...middle + 15
      return chart
    }
    guard charts.contains(where: { $0.lines.contains { $0.points.contains { $0.y.isFinite } } }) else { return }
    try OutputFolder.reporting(folder.file("person", "\(track)", ".png")) { file in
      try Image.charts(charts, columns: 1, width: 1120, height: 250).write(to: file.path)
    }
  }
}
