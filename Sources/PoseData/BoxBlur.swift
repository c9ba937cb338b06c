/// A blur by the mean of a square, edges mirrored as OpenCV does.
struct BoxBlur {
  /// Odd.
  let side: Int

  /// - Parameter pixels: `height x width` RGB pixels.
  func apply(to pixels: UnsafeMutableBufferPointer<UInt8>, width: Int, height: Int) {
    guard side > 1, width > 1, height > 1, pixels.count >= width * height * 3 else { return }
    withUnsafeTemporaryAllocation(of: UInt16.self, capacity: width * height * 3) { sums in
      // Sums along rows, then along columns.
      for y in 0..<height {
        for x in 0..<width {
          for channel in 0..<3 {
            var sum: UInt16 = 0
            for tap in -side / 2...side / 2 {
              sum += UInt16(pixels[(y * width + mirrored(x + tap, width)) * 3 + channel])
            }
            sums.initializeElement(at: (y * width + x) * 3 + channel, to: sum)
          }
        }
      }
      let area = UInt32(side * side)
      for y in 0..<height {
        for index in 0..<width * 3 {
          var sum: UInt32 = 0
          for tap in -side / 2...side / 2 { sum += UInt32(sums[mirrored(y + tap, height) * width * 3 + index]) }
          pixels[y * width * 3 + index] = UInt8(truncatingIfNeeded: (sum + area / 2) / area)
        }
      }
    }
  }

  private func mirrored(_ place: Int, _ count: Int) -> Int {
    let period = 2 * (count - 1)
    let wrapped = (place % period + period) % period
    return wrapped < count ? wrapped : period - wrapped
  }
}
