#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// What lies beyond a map's border.
enum BlurBorder {
  case zeros
  /// `c b | a b c`: OpenCV's default, the border pixel itself not repeated.
  case reflected
}

/// A map blurred by OpenCV's Gaussian of an odd size, pixel by pixel: decoders look at a few pixels around a peak.
struct BlurredMap {
  private let map: UnsafeBufferPointer<Float>
  private let height: Int
  private let width: Int
  private let weights: [Float]
  private let border: BlurBorder

  /// - Parameter map: `height x width` floats.
  init(_ map: UnsafeBufferPointer<Float>, height: Int, width: Int, weights: [Float], border: BlurBorder) {
    self.map = map
    self.height = height
    self.width = width
    self.weights = weights
    self.border = border
  }

  /// Multiplies and adds are fused and paired as OpenCV's are, for where the decoders divide by small differences.
  subscript(y: Int, x: Int) -> Float {
    convolution(at: y, count: height) { row in
      convolution(at: x, count: width) { column in map[row * width + column] }
    }
  }

  @inline(__always)
  private func convolution(at center: Int, count: Int, _ value: (Int) -> Float) -> Float {
    func bordered(_ position: Int) -> Float {
      if position >= 0, position < count { return value(position) }
      return border == .reflected ? value(reflected(position, count)) : 0
    }
    let radius = weights.count / 2
    var sum = weights[radius] * bordered(center)
    for distance in 1..<max(radius + 1, 1) where radius > 0 {
      sum.addProduct(weights[radius + distance], bordered(center - distance) + bordered(center + distance))
    }
    return sum
  }

  /// The highest pixel; at (-1, -1) where it is nowhere above zero.
  func peak() -> Peak { Peak(highestOf: candidates()) }

  /// The pixels that may be the highest, in the order of rows: a rough blur, which is fast, leaves a few of thousands.
  /// All pixels where the map is not finite.
  fileprivate func candidates() -> [Peak] {
    let rough = roughly()
    let isFinite = rough.reduce(0, +).isFinite
    // Both blurs round a few dozen times, each time by at most 6e-8 of the largest value.
    let least = isFinite ? (rough.max() ?? 0) - map.largestMagnitude * 8e-6 : 0
    var candidates: [Peak] = []
    for index in rough.indices where !isFinite || rough[index] >= least {
      let (y, x) = index.quotientAndRemainder(dividingBy: width)
      candidates.append(Peak(x: Float(x), y: Float(y), value: self[y, x]))
    }
    return candidates
  }

  /// Blurred without fused operations, which many CPUs' vectors have only on request.
  private func roughly() -> [Float] {
    let radius = weights.count / 2
    var result = Array(repeating: Float(0), count: height * width)
    let line = width + 2 * radius
    // Every row with its border, then every column with its.
    withUnsafeTemporaryAllocation(of: Float.self, capacity: line) { padded in
      withUnsafeTemporaryAllocation(of: Float.self, capacity: (height + 2 * radius) * width) { rows in
        padded.initialize(repeating: 0)
        rows.initialize(repeating: 0)
        for y in -radius..<height + radius {
          guard let row = source(y, height) else { continue }
          for x in -radius..<width + radius { padded[x + radius] = source(x, width).map { map[row * width + $0] } ?? 0 }
          let start = (y + radius) * width
          for (tap, weight) in weights.enumerated() {
            for x in 0..<width { rows[start + x] += weight * padded[x + tap] }
          }
        }
        result.withUnsafeMutableBufferPointer { result in
          for y in 0..<height {
            for (tap, weight) in weights.enumerated() {
              for x in 0..<width { result[y * width + x] += weight * rows[(y + tap) * width + x] }
            }
          }
        }
      }
    }
    return result
  }

  private func source(_ position: Int, _ count: Int) -> Int? {
    if position >= 0, position < count { return position }
    return border == .reflected ? reflected(position, count) : nil
  }
}

extension Heatmaps {
  /// Calls `body` with each map, blurred.
  func withBlurred<Result>(
    _ joint: Int, weights: [Float], border: BlurBorder, _ body: (BlurredMap) -> Result
  ) -> Result {
    values.withUnsafeBufferPointer {
      body(
        BlurredMap(
          UnsafeBufferPointer(rebasing: $0[range(of: joint)]), height: height, width: width, weights: weights,
          border: border))
    }
  }
}

extension Peak {
  /// The first of the highest; at (-1, -1) where none is above zero.
  fileprivate init(highestOf candidates: [Peak]) {
    var best = candidates.first ?? Peak(x: -1, y: -1, value: 0)
    for candidate in candidates where candidate.value > best.value || best.value.isNaN { best = candidate }
    self = best.value > 0 ? best : Peak(x: -1, y: -1, value: best.value)
  }
}

/// A map blurred with zeros around and scaled back to its own maximum, as DARK and Megvii do.
struct ModulatedMap {
  /// The highest pixel; at (-1, -1) where it is nowhere above zero.
  let peak: Peak
  private let blurred: BlurredMap
  private let scale: Float

  /// - Parameter top: the map's maximum before the blur.
  init(_ blurred: BlurredMap, top: Float) {
    let candidates = blurred.candidates()
    let blurredTop = candidates.lazy.map(\.value).max() ?? 0
    let scale = blurredTop != 0 ? top / blurredTop : 1
    peak = Peak(highestOf: candidates.map { Peak(x: $0.x, y: $0.y, value: $0.value * scale) })
    self.blurred = blurred
    self.scale = scale
  }

  subscript(y: Int, x: Int) -> Float { blurred[y, x] * scale }
}

/// OpenCV's `getGaussianKernel` with the deviation that it derives from an odd size; even and negative sizes become odd.
func gaussianKernel(size: Int) -> [Float] {
  let size = max(size, 1) | 1
  switch size {
  case 1: return [1]
  case 3: return [0.25, 0.5, 0.25]
  case 5: return [0.0625, 0.25, 0.375, 0.25, 0.0625]
  case 7: return [0.03125, 0.109375, 0.21875, 0.28125, 0.21875, 0.109375, 0.03125]
  default:
    let deviation = 0.3 * (Double(size - 1) * 0.5 - 1) + 0.8
    let weights = (0..<size).map { index in
      let distance = Double(index) - Double(size - 1) / 2
      return exp(-distance * distance / (2 * deviation * deviation))
    }
    let sum = weights.reduce(0, +)
    return weights.map { Float($0 / sum) }
  }
}

func reflected(_ position: Int, _ count: Int) -> Int {
  guard count > 1 else { return 0 }
  let period = 2 * (count - 1)
  let wrapped = ((position % period) + period) % period
  return wrapped < count ? wrapped : period - wrapped
}
