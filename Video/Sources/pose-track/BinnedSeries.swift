/// A number over the frames of a video, in bins of equally many frames, of which the lowest and the highest number are kept.
struct BinnedSeries {
  /// The bin of the first number.
  private var first = 0
  /// NaN where a bin has no number.
  private var lows: [Float] = []
  private var highs: [Float] = []

  /// - Parameter bin: not before that of the number before.
  mutating func add(_ value: Double, in bin: Int) {
    if lows.isEmpty { first = bin }
    while first + lows.count <= bin {
      lows.append(.nan)
      highs.append(.nan)
    }
    guard let last = lows.indices.last else { return }
    // The least of a number and NaN is the number.
    (lows[last], highs[last]) = (Float.minimum(lows[last], Float(value)), Float.maximum(highs[last], Float(value)))
  }

  /// Makes one bin of each two.
  mutating func halve() {
    if first % 2 == 1 {
      first -= 1
      lows.insert(.nan, at: 0)
      highs.insert(.nan, at: 0)
    }
    func halved(_ values: [Float], _ choice: (Float, Float) -> Float) -> [Float] {
      stride(from: 0, to: values.count, by: 2).map {
        $0 + 1 < values.count ? choice(values[$0], values[$0 + 1]) : values[$0]
      }
    }
    (first, lows, highs) = (first / 2, halved(lows, Float.minimum), halved(highs, Float.maximum))
  }

  /// The lowest and the highest number of a bin; nil where it has none.
  subscript(bin: Int) -> (low: Double, high: Double)? {
    guard lows.indices.contains(bin - first), !lows[bin - first].isNaN else { return nil }
    return (Double(lows[bin - first]), Double(highs[bin - first]))
  }
}
