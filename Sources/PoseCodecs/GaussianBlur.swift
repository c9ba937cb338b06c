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

extension Heatmaps {
  /// Blurred with zeros around and scaled back to each map's maximum, as DARK and Megvii do.
  func modulated(kernel: Int) -> Heatmaps {
    var result = blurred(kernel: kernel, border: .zeros)
    for joint in 0..<joints {
      let range = range(of: joint)
      let top = values[range].max() ?? 0
      let blurredTop = result.values[range].max() ?? 0
      guard blurredTop != 0 else { continue }
      for index in range { result.values[index] *= top / blurredTop }
    }
    return result
  }

  func blurred(kernel: Int, border: BlurBorder) -> Heatmaps { blurred(border: border) { _ in kernel } }

  /// Blurred by OpenCV's Gaussian of the given odd size for each map.
  func blurred(border: BlurBorder, kernel: (_ joint: Int) -> Int) -> Heatmaps {
    var result = self
    var row = Array(repeating: Float(0), count: width * height)
    for joint in 0..<joints {
      let weights = gaussianKernel(size: kernel(joint))
      let start = joint * height * width
      row.withUnsafeMutableBufferPointer { row in
        values.withUnsafeBufferPointer { values in
          let map = UnsafeBufferPointer(rebasing: values[start..<start + height * width])
          convolve(map, row, lines: height, lineStride: width, count: width, stride: 1, weights, border)
        }
        result.values.withUnsafeMutableBufferPointer { values in
          let map = UnsafeMutableBufferPointer(rebasing: values[start..<start + height * width])
          convolve(
            UnsafeBufferPointer(row), map, lines: width, lineStride: 1, count: height, stride: width, weights, border)
        }
      }
    }
    return result
  }
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

/// One direction of a separable filter: `lines` runs of `count` numbers, `stride` apart.
///
/// Multiplies and adds are fused and paired as OpenCV's are, for where the decoders divide by small differences.
private func convolve(
  _ source: UnsafeBufferPointer<Float>, _ target: UnsafeMutableBufferPointer<Float>, lines: Int, lineStride: Int,
  count: Int, stride: Int, _ weights: [Float], _ border: BlurBorder
) {
  let radius = weights.count / 2
  for line in 0..<lines {
    let start = line * lineStride
    func value(_ position: Int) -> Float {
      if position >= 0, position < count { return source[start + position * stride] }
      return border == .reflected ? source[start + reflected(position, count) * stride] : 0
    }
    for index in 0..<count {
      var sum = weights[radius] * value(index)
      for distance in 1..<max(radius + 1, 1) where radius > 0 {
        sum.addProduct(weights[radius + distance], value(index - distance) + value(index + distance))
      }
      target[start + index * stride] = sum
    }
  }
}

private func reflected(_ position: Int, _ count: Int) -> Int {
  guard count > 1 else { return 0 }
  let period = 2 * (count - 1)
  let wrapped = ((position % period) + period) % period
  return wrapped < count ? wrapped : period - wrapped
}
