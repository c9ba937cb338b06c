import CPoseKernels

/// The peak rates of one thread of this machine, measured on demand: the roofline that a benchmark is compared with.
package enum MachinePeak {
  /// Multiply-adds per second of one thread that works in registers only: the best of many short runs.
  ///
  /// - Parameter seconds: the time to measure for.
  /// - Returns: 0 if this CPU cannot run that instruction set.
  package static func multiplyAdds(_ set: KernelSet = .best, seconds: Double = 0.2) -> Double {
    var (best, result) = (0.0, Float(0))
    let end = ContinuousClock.now + .seconds(seconds)
    repeat {
      let start = ContinuousClock.now
      let count =
        switch set {
        case .portable: pose_peak_portable(200_000, &result)
        case .neon: pose_peak_neon(200_000, &result)
        case .avx2: pose_peak_avx2(200_000, &result)
        case .avx512: pose_peak_avx512(200_000, &result)
        }
      best = max(best, Double(count) / start.duration(to: .now).seconds)
    } while ContinuousClock.now < end
    return best
  }

  /// Bytes per second that one thread reads from memory, and that it reads and writes while it copies.
  ///
  /// - Parameter bytes: the size of the memory that is read, which should be more than the caches hold.
  package static func bandwidth(bytes: Int = 256 << 20, seconds: Double = 0.3) -> (read: Double, copied: Double) {
    let count = max(bytes, 1 << 12) / (2 * MemoryLayout<Float>.stride) / 64 * 64
    let (from, to) = (AlignedBuffer<Float>(count: count), AlignedBuffer<Float>(count: count))
    let half = Double(count * MemoryLayout<Float>.stride)
    var sum: Float = 0
    let read = rate(of: 2 * half, seconds: seconds) {
      sum += pose_peak_read(from.start, count) + pose_peak_read(to.start, count)
    }
    // The sum is zero, which the compiler cannot know.
    from.start[0] = sum
    let copied = rate(of: 2 * half, seconds: seconds) { to.start.update(from: from.start, count: count) }
    return (read, copied)
  }

  private static func rate(of amount: Double, seconds: Double, _ work: () -> Void) -> Double {
    work()
    let start = ContinuousClock.now
    var rounds = 0.0
    while start.duration(to: .now).seconds < seconds || rounds < 2 {
      work()
      rounds += 1
    }
    return rounds * amount / start.duration(to: .now).seconds
  }
}

extension Duration {
  fileprivate var seconds: Double { self / .seconds(1) }
}
