/// One axis of a bilinear resize as PyTorch computes it: for each place of the result two places of the source, and the
/// second's weight.
struct LinearAxis {
  private(set) var first: [Int]
  private(set) var second: [Int]
  private(set) var weight: [Float]

  var count: Int { first.count }

  /// - Parameters:
  ///   - source: the source's extent, at least 1.
  ///   - count: the result's extent.
  ///   - alignCorners: whether the middles of the outermost places lie on each other, and not their edges.
  init(from source: Int, to count: Int, alignCorners: Bool) {
    precondition(source > 0, "nothing lies between no places")
    let step =
      alignCorners ? (count > 1 ? Float(source - 1) / Float(count - 1) : 0) : Float(source) / Float(max(count, 1))
    let places = (0..<count).map { index in
      min(alignCorners ? Float(index) * step : max((Float(index) + 0.5) * step - 0.5, 0), Float(source - 1))
    }
    first = places.map { Int($0) }
    second = places.map { min(Int($0) + 1, source - 1) }
    weight = zip(places, first).map { $0 - Float($1) }
  }

  /// Some of the result's places.
  func part(from start: Int, count: Int) -> LinearAxis {
    var part = self
    part.first = Array(first.dropFirst(start).prefix(count))
    part.second = Array(second.dropFirst(start).prefix(count))
    part.weight = Array(weight.dropFirst(start).prefix(count))
    return part
  }

  /// A row of the result.
  ///
  /// - Precondition: `source` has the source's extent, and `target` the result's.
  func sample(_ source: UnsafePointer<Float>, into target: UnsafeMutablePointer<Float>) {
    first.withUnsafeBufferPointer { first in
      second.withUnsafeBufferPointer { second in
        weight.withUnsafeBufferPointer { weight in
          for x in 0..<first.count {
            target[x] = source[first[x]] * (1 - weight[x]) + source[second[x]] * weight[x]
          }
        }
      }
    }
  }
}
