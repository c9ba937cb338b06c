import PoseCore
import PoseTracking

/// Some angles of a person over time, in memory that is bounded however long the video is.
struct PersonAngles {
  /// With more bins than a picture has columns, no number is lost to the eye.
  private static let mostBins = 4096

  /// The times of the bins' first frames, in seconds.
  private(set) var times: [Double] = []
  /// When the person was there last.
  private(set) var lastTime = 0.0
  private var smooth: [BinnedSeries]
  private var found: [BinnedSeries]
  private var frames = 0
  private var framesPerBin = 1
  private(set) var isSmoothed = false

  /// - Parameter angles: how many.
  init(angles: Int) {
    smooth = Array(repeating: BinnedSeries(), count: angles)
    found = smooth
  }

  /// Takes a frame after the person's first; nil for angles that are not seen, and for a person who is not there.
  ///
  /// - Parameter found: the angles before they were smoothed; nil where nothing is.
  mutating func add(_ angles: [Double?]?, found raw: [Double?]?, at time: Double) {
    if frames / framesPerBin >= Self.mostBins {
      framesPerBin *= 2
      for index in smooth.indices {
        smooth[index].halve()
        found[index].halve()
      }
      times = stride(from: 0, to: times.count, by: 2).map { times[$0] }
    }
    let bin = frames / framesPerBin
    frames += 1
    if times.count == bin { times.append(time) }
    if angles != nil { lastTime = time }
    for (index, angle) in (angles ?? []).enumerated() {
      if let angle { smooth[index].add(angle, in: bin) }
    }
    if raw != nil { isSmoothed = true }
    for (index, angle) in (raw ?? []).enumerated() {
      if let angle { found[index].add(angle, in: bin) }
    }
  }

  /// An angle's line: points that are not numbers where the angle is not seen.
  ///
  /// - Parameter found: whether as it was before it was smoothed.
  func points(_ index: Int, found isFound: Bool) -> [Point] {
    let series = isFound ? found[index] : smooth[index]
    return times.enumerated().flatMap { bin, time -> [Point] in
      guard let (low, high) = series[bin] else { return [Point(x: time, y: .nan)] }
      return low == high ? [Point(x: time, y: low)] : [Point(x: time, y: low), Point(x: time, y: high)]
    }
  }
}
