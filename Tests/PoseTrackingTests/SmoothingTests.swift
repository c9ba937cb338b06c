import Foundation
import PoseCore
import Testing

@testable import PoseTracking

@Suite("Smoothing")
struct SmoothingTests {
  /// What SciPy 1.15's `filtfilt(*butter(2, cutoff, fs=rate), x)` gives.
  @Test("Butterworth's filter is SciPy's", arguments: [(6.0, 30.0, 24), (3, 25, 24), (6, 30, 12)])
  func butterworth(_ cutoff: Double, _ rate: Double, _ count: Int) throws {
    let x = [
      -1.6, 5.14, 13.85, 19.48, 22.26, 18.41, 12.4, 5.13, 0.33, -5.58, -14.59, -21.5, -21.84, -14.47, -12.22, -9.05,
      2.16,
      7.56, 14.61, 18.38, 18.36, 18.2, 11.57, 3.28,
    ]
    let expected: [Double: [Double]] = [
      6: [
        -1.5997019389, 6.1989102596, 13.6999822562, 19.3337255337, 21.0899178241, 18.385882563, 12.7338310219,
        6.3258847444,
        -0.0719288913, -7.1678539661, -14.6403015395, -19.812444839, -20.3403527195, -17.1324887919, -12.4419945405,
        -6.6372756616, 0.5840429951, 8.0890355032, 14.2601062239, 18.1370798673, 19.2241839899, 17.0356003297,
        11.3641331997, 3.2825278294,
      ],
      3: [
        -1.634020356, 6.2573666491, 13.0569079598, 17.6417884219, 19.1541384935, 17.3880131367, 12.8841276861,
        6.6006121188,
        -0.5226075024, -7.6502272483, -13.7937591979, -17.7814551865, -18.7753415255, -16.7581101271, -12.3219700552,
        -6.175009305, 0.8879808566, 7.832894617, 13.5327341064, 17.0141017909, 17.6193263615, 15.1393218697,
        9.9749784103,
        3.2425227143,
      ],
    ]
    let short = [
      -1.5999258225, 6.1979694762, 13.6993502253, 19.3373372491, 21.0999612401, 18.3863912135, 12.6835007622,
      6.2283080022,
      0.0009609803, -6.531993117, -13.8125941089, -21.4977043547,
    ]
    let smooth = try ButterworthFilter(cutoff: cutoff, rate: rate)(Array(x[..<count]))
    let wanted = count == 12 ? short : expected[cutoff] ?? []
    #expect(smooth.count == wanted.count && zip(smooth, wanted).allSatisfy { abs($0 - $1) < 1e-9 })
  }

  @Test("a cutoff that the rate cannot tell is refused", arguments: [0, -1, 15, 16, .nan])
  func cutoff(_ cutoff: Double) {
    #expect(throws: SmoothingError.self) { try ButterworthFilter(cutoff: cutoff, rate: 30) }
  }

  /// A joint that swings with an amplitude of 50 pixels.
  private func swing(rate: Double, seconds: Double = 20, hertz: Double, noise: Double, seed: UInt64) -> JointSeries {
    var random = SplitMix(state: seed)
    let times = (0..<Int(seconds * rate)).map { Double($0) / rate }
    let positions = times.map { time -> Point in
      let x = Self.swing(time, hertz) + noise * random.normal()
      return Point(x: x, y: 200 + noise * random.normal())
    }
    return JointSeries(times: times, positions: positions)
  }

  private static func swing(_ time: Double, _ hertz: Double) -> Double {
    let phase: Double = 2 * Double.pi * hertz * time
    return 300 + 50 * sin(phase)
  }

  private func jitter(_ values: [Double]) -> Double {
    func differences(_ values: [Double]) -> [Double] { zip(values, values.dropFirst()).map { $1 - $0 } }
    let third = differences(differences(differences(values)))
    return third.map(abs).reduce(0, +) / Double(third.count)
  }

  @Test(
    "offline, jitter falls to a fifth and a fast motion keeps its amplitude",
    arguments: [
      OfflineSmoother.Filter.butterworth(cutoff: 6), .gaussian(deviation: 0.03),
    ], [30.0, 60])
  func offline(_ filter: OfflineSmoother.Filter, _ rate: Double) throws {
    var smoother = OfflineSmoother()
    smoother.filter = filter
    let still = swing(rate: rate, hertz: 0, noise: 3, seed: 1)
    let smooth = try smoother(still).series
    func ys(_ series: JointSeries) -> [Double] { series.positions.compactMap { $0?.y } }
    #expect(jitter(ys(smooth)) < jitter(ys(still)) / 5, "\(jitter(ys(smooth)) / jitter(ys(still)))")
    // Two swings a second.
    let fast = try smoother(swing(rate: rate, hertz: 2, noise: 0, seed: 2)).series
    let middle = fast.positions.compactMap { $0?.x }.dropFirst(20).dropLast(20)
    let amplitude = ((middle.max() ?? 0) - (middle.min() ?? 0)) / 2
    #expect(amplitude > 0.98 * 50 || filter != .butterworth(cutoff: 6) && amplitude > 0.92 * 50, "\(amplitude)")
  }

  @Test("a rate that varies is filtered alike")
  func varying() throws {
    var series = swing(rate: 120, hertz: 1, noise: 0, seed: 3)
    var random = SplitMix(state: 4)
    let kept = series.times.indices.filter { _ in random.unit() < 0.5 }
    series = JointSeries(times: kept.map { series.times[$0] }, positions: kept.map { series.positions[$0] })
    let smooth = try OfflineSmoother()(series)
    #expect(smooth.filled.isEmpty && smooth.series.times == series.times)
    let worst =
      zip(smooth.series.positions, series.times).dropFirst(20).dropLast(20).map { position, time in
        abs((position?.x ?? 0) - Self.swing(time, 1))
      }.max() ?? 0
    #expect(worst < 2, "\(worst)")
  }

  @Test("jumps are removed and said, and nothing else is")
  func outliers() throws {
    var series = swing(rate: 30, seconds: 4, hertz: 2, noise: 0.5, seed: 5)
    for index in [10, 50, 51, 100] { series.positions[index]?.y += index == 51 ? -60 : 60 }
    let smooth = try OfflineSmoother()(series)
    #expect(smooth.removed == [10, 50, 51, 100] && smooth.filled == [10, 50, 51, 100])
    let ys = smooth.series.positions.compactMap { $0?.y }
    #expect(ys.count == series.times.count && ys.allSatisfy { abs($0 - 200) < 3 })
  }

  @Test("a jump at an end, or beside a long gap, becomes the nearest position, and is not lost")
  func outliersAtEnds() throws {
    var series = swing(rate: 30, seconds: 4, hertz: 0.5, noise: 0.5, seed: 5)
    for index in [0, 60, 119] { series.positions[index]?.y += 60 }
    for index in 61..<90 { series.positions[index] = nil }
    let smooth = try OfflineSmoother()(series)
    #expect(smooth.removed == [0, 60, 119] && smooth.filled.sorted() == [0, 60, 119])
    for index in [0, 60, 119] {
      let place = try #require(smooth.series.positions[index])
      #expect(abs(place.y - 200) < 3)
    }
    #expect(smooth.series.positions[61..<90].allSatisfy { $0 == nil })
  }

  @Test("short gaps are filled along the curve, long ones and the ends stay empty")
  func gaps() throws {
    var series = swing(rate: 30, seconds: 6, hertz: 0.7, noise: 0, seed: 6)
    let truth = series.positions
    for index in [0, 1] + Array(20...27) + Array(60...90) + [179] { series.positions[index] = nil }
    var smoother = OfflineSmoother()
    smoother.filter = nil
    smoother.removesOutliers = false
    let result = try smoother(series)
    #expect(result.filled == Array(20...27) && result.removed.isEmpty)
    #expect(
      result.series.positions.indices.filter { result.series.positions[$0] == nil } == [0, 1] + Array(60...90) + [179])
    for index in 20...27 {
      let (found, expected) = (try #require(result.series.positions[index]), try #require(truth[index]))
      #expect(abs(found.x - expected.x) < 6, "\(found.x) \(expected.x)")
    }
    smoother.filter = .butterworth(cutoff: 6)
    #expect(try smoother(series).series.positions.map { $0 == nil } == result.series.positions.map { $0 == nil })
  }

  @Test("series of nothing, one and two positions come back as they are", arguments: [0, 1, 2])
  func short(_ count: Int) throws {
    let series = JointSeries(
      times: (0..<count).map(Double.init), positions: (0..<count).map { Point(x: Double($0), y: 0) })
    #expect(try OfflineSmoother()(series).series == series)
    let empty = JointSeries(times: [0, 1, 2], positions: [nil, nil, nil])
    #expect(try OfflineSmoother()(empty).series == empty)
  }

  @Test("live, jitter falls to a third at rest and a moving joint lags behind by less than two frames")
  func live() {
    var smoother = LiveSmoother()
    var random = SplitMix(state: 7)
    let walker = Walker(start: Point(x: 100, y: 300), velocity: Point(x: 0, y: 0))
    // At rest, and then at two sizes of the person a second.
    var (raw, smooth, lags): ([Double], [Double], [Double]) = ([], [], [])
    let size = walker.pose(at: 0).size
    for index in 0..<240 {
      let time = Double(index) / 30
      let shift = 2 * size * max(0, time - 4)
      var pose = walker.pose(at: 0).moved(x: shift, y: 0)
      let truth = pose.keypoints[0].position.x
      let noise = 3 * random.normal()
      pose.keypoints[0].position.x += noise
      let found = smoother([TrackedPose(track: 1, pose: pose, source: 0)], at: time)[0].pose
      if time < 4 {
        raw.append(pose.keypoints[0].position.x)
        smooth.append(found.keypoints[0].position.x)
      } else if time > 5 {
        lags.append((truth + noise - found.keypoints[0].position.x) / (2 * size))
      }
      #expect(found.boundingBox == pose.boundingBox && found.score == pose.score)
    }
    #expect(jitter(smooth) < jitter(raw) / 3, "\(jitter(smooth) / jitter(raw))")
    let lag = lags.reduce(0, +) / Double(lags.count)
    #expect(lag < 2 / 30.0 && lag > 0, "\(lag)")
    let stated = OneEuroFilter().delay(atSpeed: 2)
    #expect(abs(lag - stated) < 0.01, "\(lag) \(stated)")
  }

  @Test("joints that are not seen stay as they are, and a person who is new begins anew")
  func unseen() {
    var smoother = LiveSmoother()
    func smoothed(_ x: Double, score: Double, track: Int = 1, at time: Double) -> Double {
      var pose = Walker(start: Point(x: 0, y: 0), velocity: Point(x: 0, y: 0)).pose(at: 0)
      pose.keypoints[3] = Keypoint(x: x, y: 0, score: score)
      return smoother([TrackedPose(track: track, pose: pose, source: 0)], at: time)[0].pose.keypoints[3].position.x
    }
    #expect(smoothed(10, score: 0.9, at: 0) == 10)
    #expect(smoothed(500, score: 0.1, at: 0.03) == 500)
    let next = smoothed(14, score: 0.9, at: 0.06)
    #expect(next > 10 && next < 14)
    #expect(smoothed(200, score: 0.9, track: 2, at: 0.06) == 200)
    #expect(smoothed(300, score: 0.9, at: 5) == 300)
  }
}
