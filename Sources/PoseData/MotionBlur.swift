#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// A blur by the mean along a line, as where something moves evenly while the shutter is open. Beyond the edges pixels go
/// on as they are there.
struct MotionBlur {
  /// The line's, in pixels.
  let length: Double
  /// The line's, in radians from the direction of rows.
  let angle: Double

  /// A pixel of the line and its weight, of 256 that all have together.
  struct Tap: Equatable {
    let x, y: Int
    let weight: UInt16
  }

  /// - Parameter pixels: `height x width` RGB pixels.
  func apply(to pixels: UnsafeMutableBufferPointer<UInt8>, width: Int, height: Int) {
    // Of a line longer than the picture only its part inside matters much.
    let taps = taps(longest: Double(width + height))
    guard taps.count > 1, width > 0, height > 0, pixels.count == width * height * 3 else { return }
    let marginX = taps.map { abs($0.x) }.max() ?? 0
    let marginY = taps.map { abs($0.y) }.max() ?? 0
    let (rowBytes, rows) = ((width + 2 * marginX) * 3, height + 2 * marginY)
    withUnsafeTemporaryAllocation(of: UInt8.self, capacity: rowBytes * rows) { extended in
      for row in 0..<rows {
        let source = min(max(row - marginY, 0), height - 1) * width
        for column in 0..<width + 2 * marginX {
          let pixel = (source + min(max(column - marginX, 0), width - 1)) * 3
          let target = row * rowBytes + column * 3
          for channel in 0..<3 { extended.initializeElement(at: target + channel, to: pixels[pixel + channel]) }
        }
      }
      guard let start = extended.baseAddress.map({ UnsafePointer($0) }), let target = pixels.baseAddress else { return }
      let count = width * 3
      withUnsafeTemporaryAllocation(of: UInt16.self, capacity: count) { sums in
        guard let sum = sums.baseAddress else { return }
        for y in 0..<height {
          // Half of the last place, to round. 256 times 255 and it fit into 16 bits.
          sum.initialize(repeating: 128, count: count)
          for tap in taps {
            let row = start + (y + marginY + tap.y) * rowBytes + (marginX + tap.x) * 3
            let weight = tap.weight
            for index in 0..<count { sum[index] = sum[index] &+ weight &* UInt16(row[index]) }
          }
          for index in 0..<count { target[y * count + index] = UInt8(truncatingIfNeeded: sum[index] >> 8) }
        }
      }
    }
  }

  /// Points of the line, two for each of its pixels, each shared out to the four pixels around it.
  func taps(longest: Double) -> [Tap] {
    let length = min(length, longest)
    guard length > 0 else { return [] }
    let halves = Int(length.rounded(.up))
    var shares: [Place: Double] = [:]
    for step in -halves...halves {
      let along = length / 2 * Double(step) / Double(halves)
      let (x, y) = (along * cos(angle), along * sin(angle))
      let (left, top) = (x.rounded(.down), y.rounded(.down))
      for (dx, wide) in [(0, left + 1 - x), (1, x - left)] {
        for (dy, high) in [(0, top + 1 - y), (1, y - top)] {
          shares[Place(x: Int(left) + dx, y: Int(top) + dy), default: 0] += wide * high / Double(2 * halves + 1)
        }
      }
    }
    // What rounding takes from one tap the next one gets, so that the sum is kept.
    var (sum, given) = (0.0, 0)
    return shares.sorted { ($0.key.y, $0.key.x) < ($1.key.y, $1.key.x) }.compactMap { place, share in
      sum += share
      let weight = Int((256 * sum).rounded()) - given
      given += weight
      return weight > 0 ? Tap(x: place.x, y: place.y, weight: UInt16(weight)) : nil
    }
  }

  private struct Place: Hashable {
    let x, y: Int
  }
}
