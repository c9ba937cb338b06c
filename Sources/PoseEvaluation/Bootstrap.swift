import Foundation
import PoseData
import PoseMetrics

/// How far a metric's numbers would move with other pictures of the same kind: percentiles over draws of as many pictures
/// with replacement (Efron, The Annals of Statistics, 1979). Pictures are drawn and not people, since those of a picture are
/// found or missed together.
package struct Bootstrap: Sendable {
  /// The numbers of all pictures, also of those without people.
  package var images: [Int]
  /// How often the pictures are drawn.
  package var draws: Int
  /// Of all randomness: the same seed draws the same pictures.
  package var seed: UInt64

  package init(images: [Int], draws: Int, seed: UInt64 = 0) {
    (self.images, self.draws, self.seed) = (images, draws, seed)
  }

  /// A number, and the bounds between which it lies in 95 of 100 draws.
  package struct Interval: Sendable, Hashable, Codable {
    package var name: String
    /// The number for the pictures as they are.
    package var value: Double
    package var low: Double
    package var high: Double
  }

  /// The intervals of a metric's numbers. Those that there are not, such as of a size that nobody has, are missing.
  ///
  /// - Parameter progress: called after each draw, on the calling thread.
  /// - Throws: `MetricError`.
  package func intervals(of metric: ResampledMetric, progress: () -> Void = {}) throws -> [Interval] {
    let values = try metric()
    return intervals(values.map(\.name), values.numbers, try drawn(progress) { try metric($0).numbers })
  }

  /// The intervals of how much larger a metric's numbers are than another's for the same pictures.
  ///
  /// - Parameter progress: called after each draw, on the calling thread.
  /// - Throws: `MetricError`.
  package func differences(
    of metric: ResampledMetric, from other: ResampledMetric, progress: () -> Void = {}
  ) throws -> [Interval] {
    @Sendable func difference(_ values: [MetricValue], _ others: [MetricValue]) -> [Double?] {
      zip(values.numbers, others.numbers).map { value, other in value.flatMap { value in other.map { value - $0 } } }
    }
    let values = try metric()
    return intervals(
      values.map(\.name), difference(values, try other()),
      try drawn(progress) { difference(try metric($0), try other($0)) })
  }

  /// What is measured for each draw, which says how often each picture counts.
  private func drawn(
    _ progress: () -> Void, _ measure: @escaping @Sendable ([Int: Int]) throws -> [Double?]
  ) throws -> [[Double?]] {
    let root = RandomStream(seed: seed)
    var measured: [[Double?]] = []
    try forEachResult(of: draws, threads: ProcessInfo.processInfo.activeProcessorCount) { draw in
      var stream = root.split(UInt64(draw))
      var counts: [Int: Int] = [:]
      for _ in images { counts[images[Int.random(in: images.indices, using: &stream)], default: 0] += 1 }
      return Result { try measure(counts) }
    } _: { _, numbers in
      measured.append(try numbers.get())
      progress()
      return true
    }
    return measured
  }

  private func intervals(_ names: [String], _ values: [Double?], _ drawn: [[Double?]]) -> [Interval] {
    names.indices.compactMap { index in
      let sorted = drawn.compactMap { $0[index] }.sorted()
      guard let value = values[index], !sorted.isEmpty else { return nil }
      func percentile(_ share: Double) -> Double {
        let place = share * Double(sorted.count - 1)
        let below = Int(place)
        let above = min(below + 1, sorted.count - 1)
        return sorted[below] + (place - Double(below)) * (sorted[above] - sorted[below])
      }
      return Interval(name: names[index], value: value, low: percentile(0.025), high: percentile(0.975))
    }
  }
}

extension [MetricValue] {
  /// The numbers, nil where there was nothing to measure, of which the published tools say -1.
  fileprivate var numbers: [Double?] { map { $0.value.isFinite && $0.value != -1 ? $0.value : nil } }
}
