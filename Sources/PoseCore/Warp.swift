#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

extension Image {
  /// The image as a transform maps it, black where nothing is mapped to: equal to OpenCV's `warpAffine` (bilinear,
  /// constant border) bit for bit.
  ///
  /// - Parameter transform: from this image's pixels to the result's; one without inverse makes all black.
  /// - Throws: ``ImageError`` where the size is not positive.
  public func warped(by transform: AffineTransform, width: Int, height: Int) throws(ImageError) -> Image {
    let (area, overflow) = width.multipliedReportingOverflow(by: height)
    guard width > 0, height > 0, !overflow, area <= Int(Int32.max) else {
      throw .invalidSize(width: width, height: height)
    }
    let pixels = [UInt8](unsafeUninitializedCapacity: area * 3) { result, initialized in
      sample(by: transform, width: width, height: height) { index, red, green, blue in
        result[index * 3] = red
        result[index * 3 + 1] = green
        result[index * 3 + 2] = blue
      }
      initialized = area * 3
    }
    return try Image(width: width, height: height, pixels: pixels)
  }

  /// As ``warped(by:width:height:)``, into planes of `(pixel / 255 - mean) / deviation`, without a copy between.
  ///
  /// - Parameter planes: `3 x height x width` floats: red, green, blue. Nothing is written where it is smaller.
  public func warp(
    by transform: AffineTransform, width: Int, height: Int, mean: SIMD3<Float>, deviation: SIMD3<Float>,
    into planes: UnsafeMutableBufferPointer<Float>
  ) {
    let area = width * height
    guard width > 0, height > 0, planes.count >= 3 * area else { return }
    // Every value that a pixel can become: three tables of 256.
    withUnsafeTemporaryAllocation(of: Float.self, capacity: 768) { values in
      for value in 0..<256 {
        for channel in 0..<3 {
          values[channel * 256 + value] = (Float(value) / 255 - mean[channel]) / deviation[channel]
        }
      }
      sample(by: transform, width: width, height: height) { index, red, green, blue in
        planes[index] = values[Int(red)]
        planes[area + index] = values[256 + Int(green)]
        planes[2 * area + index] = values[512 + Int(blue)]
      }
    }
  }

  /// Calls `write` for each pixel of the result, in order.
  @inline(__always)
  private func sample(
    by transform: AffineTransform, width: Int, height: Int,
    _ write: (_ index: Int, _ red: UInt8, _ green: UInt8, _ blue: UInt8) -> Void
  ) {
    guard let inverse = transform.inverse else {
      for index in 0..<width * height { write(index, 0, 0, 0) }
      return
    }
    // OpenCV's fixed point: source positions in 1/1024 pixel, rounded to 1/32, weights in 1/32768.
    let (sourceWidth, sourceHeight) = (self.width, self.height)
    withUnsafeTemporaryAllocation(of: Int.self, capacity: 2 * width) { columns in
      for x in 0..<width {
        columns[2 * x] = fixedPoint(inverse.a * Double(x))
        columns[2 * x + 1] = fixedPoint(inverse.c * Double(x))
      }
      pixels.withUnsafeBufferPointer { source in
        for y in 0..<height {
          let rowX = fixedPoint(inverse.b * Double(y) + inverse.tx) + 16
          let rowY = fixedPoint(inverse.d * Double(y) + inverse.ty) + 16
          for x in 0..<width {
            let (u, v) = ((rowX + columns[2 * x]) >> 5, (rowY + columns[2 * x + 1]) >> 5)
            let (left, top, fx, fy) = (u >> 5, v >> 5, u & 31, v & 31)
            let index = y * width + x
            guard left >= -1, top >= -1, left < sourceWidth, top < sourceHeight else {
              write(index, 0, 0, 0)
              continue
            }
            let weights = ((32 - fy) * (32 - fx) * 32, (32 - fy) * fx * 32, fy * (32 - fx) * 32, fy * fx * 32)
            let start = (top * sourceWidth + left) * 3
            let below = start + sourceWidth * 3
            if left >= 0, top >= 0, left < sourceWidth - 1, top < sourceHeight - 1 {
              @inline(__always) func blend(_ channel: Int) -> UInt8 {
                let sum =
                  Int(source[start + channel]) * weights.0 + Int(source[start + 3 + channel]) * weights.1
                  + Int(source[below + channel]) * weights.2 + Int(source[below + 3 + channel]) * weights.3
                return UInt8(truncatingIfNeeded: (sum + 16384) >> 15)
              }
              write(index, blend(0), blend(1), blend(2))
            } else {
              // At the border some of the four pixels are missing.
              @inline(__always) func value(_ inside: Bool, _ position: Int) -> Int {
                inside ? Int(source[position]) : 0
              }
              let (hasLeft, hasRight) = (left >= 0, left + 1 < sourceWidth)
              let (hasTop, hasBottom) = (top >= 0, top + 1 < sourceHeight)
              @inline(__always) func blend(_ channel: Int) -> UInt8 {
                let sum =
                  value(hasTop && hasLeft, start + channel) * weights.0
                  + value(hasTop && hasRight, start + 3 + channel) * weights.1
                  + value(hasBottom && hasLeft, below + channel) * weights.2
                  + value(hasBottom && hasRight, below + 3 + channel) * weights.3
                return UInt8(truncatingIfNeeded: (sum + 16384) >> 15)
              }
              write(index, blend(0), blend(1), blend(2))
            }
          }
        }
      }
    }
  }
}

/// A position in 1/1024 pixel, rounded half to even; saturated as OpenCV's, far outside where it is no number.
private func fixedPoint(_ position: Double) -> Int {
  let scaled = (position * 1024).rounded(.toNearestOrEven)
  guard scaled > Double(Int32.min) else { return Int(Int32.min) }
  return scaled < Double(Int32.max) ? Int(scaled) : Int(Int32.max)
}
