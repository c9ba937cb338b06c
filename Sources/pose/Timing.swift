import PoseEngine
import PoseGraph

/// How long runs of a network took.
struct Timing {
  /// When to stop.
  enum Limit: Sendable {
    case rounds(Int)
    case seconds(Double)
  }

  /// Of each run, in the order of callers; one at least.
  let milliseconds: [Double]
  private let sorted: [Double]
  /// Of all callers together.
  let imagesPerSecond: Double
  let batch: Int
  let streams: Int
  let threads: Int
  let kernels: String

  /// Times runs of an engine.
  init(_ engine: Engine, input: Tensor, streams: Int, limit: Limit) throws {
    let (pixels, batch) = (input.floats, input.shape.first ?? 1)
    try self.init(engine.threads, engine.kernels, batch: batch, streams: streams, limit: limit) {
      if batch == 1 {
        try pixels.withUnsafeBufferPointer { try engine.withOutputs(of: $0) { _ in } }
      } else {
        _ = try engine(input)
      }
    }
  }

  /// Times what so many callers do at once, after a few rounds that nobody times.
  init(
    _ threads: Int, _ kernels: String, batch: Int = 1, streams: Int, limit: Limit,
    of run: @escaping @Sendable () throws -> Void
  ) throws {
    (self.threads, self.kernels, self.batch, self.streams) = (threads, kernels, batch, streams)
    _ = try Self.times(.rounds(3), of: run, callers: streams)
    let callers = try Self.times(limit, of: run, callers: streams)
    milliseconds = callers.flatMap(\.self)
    sorted = milliseconds.sorted()
    imagesPerSecond = callers.reduce(0) { $0 + Double(1000 * batch * $1.count) / $1.reduce(0, +) }
  }

  private static func times(
    _ limit: Limit, of run: @escaping @Sendable () throws -> Void, callers: Int
  ) throws -> [[Double]] {
    try concurrently(callers) { _ in Result { try times(limit, of: run) } }.map { try $0.get() }
  }

  private static func times(_ limit: Limit, of run: () throws -> Void) rethrows -> [Double] {
    var times: [Double] = []
    let (most, end) =
      switch limit {
      case .rounds(let count): (count, nil as ContinuousClock.Instant?)
      case .seconds(let seconds): (Int.max, ContinuousClock.now + .seconds(seconds))
      }
    repeat {
      let start = ContinuousClock.now
      try run()
      times.append(start.duration(to: .now) / .milliseconds(1))
    } while times.count < most && end.map { ContinuousClock.now < $0 } ?? true
    return times
  }

  var median: Double { (sorted[(sorted.count - 1) / 2] + sorted[sorted.count / 2]) / 2 }
  var least: Double { sorted[0] }

  /// The least time that so great a share of the runs did not pass.
  func quantile(_ share: Double) -> Double {
    let rank = Int((share * Double(sorted.count)).rounded(.up))
    return sorted[min(max(rank, 1), sorted.count) - 1]
  }

  var text: String {
    """
    \(kernels), \(threads.counted("thread")), batch \(batch), \(streams.counted("caller"))
    milliseconds       \(median.rounded(toPlaces: 3)) median, \(least.rounded(toPlaces: 3)) least, \
    \(quantile(0.9).rounded(toPlaces: 3)) for nine of ten, \(milliseconds.count.counted("run"))
    pictures a second  \(imagesPerSecond.rounded(toPlaces: 1))
    """
  }

  /// One line, whose keys programs rely on.
  func json(precision: String) -> String {
    let numbers = [
      ("median_ms", median), ("min_ms", least), ("p90_ms", quantile(0.9)), ("images_per_second", imagesPerSecond),
    ]
    .map { "\"\($0)\":\($1.rounded(toPlaces: 4))" }
    .joined(separator: ",")
    return "{\(numbers),\"threads\":\(threads),\"batch\":\(batch),"
      + "\"precision\":\"\(precision)\",\"kernels\":\"\(kernels)\"}"
  }
}
