/// What a picture of fewer pixels shows, enlarged again: each pixel of the smaller one is the mean of the light that falls
/// on it, and between its pixels the result is linear, as a network's crop is.
struct LowResolution {
  /// The smaller picture's sides by the picture's; 1 or more changes nothing.
  let scale: Double

  /// - Parameter pixels: `height x width` RGB pixels.
  func apply(to pixels: UnsafeMutableBufferPointer<UInt8>, width: Int, height: Int) {
    guard scale > 0, scale < 1, width > 0, height > 0, pixels.count == width * height * 3 else { return }
    func extent(_ side: Int) -> Int { max(Int((Double(side) * scale).rounded()), 1) }
    let (columns, rows) = (extent(width), extent(height))
    withUnsafeTemporaryAllocation(of: UInt8.self, capacity: columns * rows * 3) { small in
      small.initialize(repeating: 0)
      resample(
        UnsafeBufferPointer(pixels), width: width, height: height, into: small,
        columns: LineResampling(meansOf: width, to: columns), rows: LineResampling(meansOf: height, to: rows))
      resample(
        UnsafeBufferPointer(small), width: columns, height: rows, into: pixels,
        columns: LineResampling(between: columns, to: width), rows: LineResampling(between: rows, to: height))
    }
  }

  private func resample(
    _ source: UnsafeBufferPointer<UInt8>, width: Int, height: Int, into target: UnsafeMutableBufferPointer<UInt8>,
    columns: LineResampling, rows: LineResampling
  ) {
    withUnsafeTemporaryAllocation(of: Float.self, capacity: width * 3) { line in
      for y in 0..<rows.count {
        line.initialize(repeating: 0)
        for tap in rows.taps(of: y) {
          let start = tap.place * width * 3
          for index in 0..<width * 3 { line[index] += tap.weight * Float(source[start + index]) }
        }
        for x in 0..<columns.count {
          var sum = SIMD3<Float>(repeating: 0.5)
          for tap in columns.taps(of: x) {
            let index = tap.place * 3
            sum += tap.weight * SIMD3(line[index], line[index + 1], line[index + 2])
          }
          let index = (y * columns.count + x) * 3
          for channel in 0..<3 { target[index + channel] = UInt8(min(sum[channel], 255)) }
        }
      }
    }
  }
}

/// Which samples of a line each sample of another line is made of.
struct LineResampling {
  struct Tap {
    let place: Int
    let weight: Float
  }

  private var taps: [Tap] = []
  private var ends: [Int] = [0]

  /// How many samples the line has that is made.
  var count: Int { ends.count - 1 }

  func taps(of sample: Int) -> ArraySlice<Tap> { taps[ends[sample]..<ends[sample + 1]] }

  /// A shorter line of the means of what each of its samples covers.
  init(meansOf source: Int, to target: Int) {
    let step = Double(source) / Double(target)
    for sample in 0..<target {
      let (start, end) = (Double(sample) * step, min(Double(sample + 1) * step, Double(source)))
      for place in Int(start)..<min(Int(end.rounded(.up)), source) {
        let covered = min(end, Double(place + 1)) - max(start, Double(place))
        if covered > 0 { taps.append(Tap(place: place, weight: Float(covered / (end - start)))) }
      }
      ends.append(taps.count)
    }
  }

  /// A longer line whose samples lie between those of the line.
  init(between source: Int, to target: Int) {
    for sample in 0..<target {
      let position = (Double(sample) + 0.5) * Double(source) / Double(target) - 0.5
      let inside = min(max(position, 0), Double(source - 1))
      let first = min(Int(inside), max(source - 2, 0))
      let share = Float(inside - Double(first))
      taps.append(Tap(place: first, weight: 1 - share))
      if share > 0 { taps.append(Tap(place: first + 1, weight: share)) }
      ends.append(taps.count)
    }
  }
}
