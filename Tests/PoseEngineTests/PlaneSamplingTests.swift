import CPoseKernels
import Testing

@testable import PoseEngine
@testable import PoseGraph

/// Pools and resizing equal plain loops in double precision, as the other kernels of planes do.
struct PlaneSamplingTests {
  static let sets = PlaneKernelTests.sets

  @Test("maxima of windows", arguments: sets)
  func maxPool(_ set: KernelSet) throws {
    let table = try #require(Kernels(set)).table
    var random = SplitMix64(seed: 8)
    for round in 0..<300 {
      guard var window = window(round, &random) else { continue }
      let count = random.pick(0...2)
      let x = Planes(count, window.in_height, window.in_width, &random) { Float($0.signed()) }
      let out = Planes(count, window.out_height, window.out_width, &random) { _ in 7 }
      table.max_pool(x.start, x.starts, out.start, out.starts, count, &window)
      out.expect("\(set), round \(round): \(window)") { c, oy, ox in
        window.taps(oy, ox).map { x[c, $0.y, $0.x] }.max() ?? -.infinity
      }
    }
  }

  @Test("means of windows, with padding counted or not", arguments: sets)
  func averagePool(_ set: KernelSet) throws {
    let table = try #require(Kernels(set)).table
    var random = SplitMix64(seed: 9)
    for round in 0..<300 {
      guard var window = window(round, &random), window.dilation_height == 1, window.dilation_width == 1 else {
        continue
      }
      // Sizes rounded up let the last window hang over the padding.
      if random.pick([true, false]), window.stride_height > 1 { window.out_height += 1 }
      if random.pick([true, false]), window.stride_width > 1 { window.out_width += 1 }
      let count = random.pick(0...2)
      let countsPadding = random.pick([true, false])
      let x = Planes(count, window.in_height, window.in_width, &random) { Float($0.signed()) }
      let out = Planes(count, window.out_height, window.out_width, &random) { _ in 7 }
      table.average_pool(x.start, x.starts, out.start, out.starts, count, &window, countsPadding)
      out.expect("\(set), round \(round), \(countsPadding): \(window)") { c, oy, ox in
        let taps = window.taps(oy, ox)
        let (top, left) = (
          oy * window.stride_height - window.pad_height, ox * window.stride_width - window.pad_width
        )
        let height = min(top + window.kernel_height, window.in_height + window.pad_height) - top
        let width = min(left + window.kernel_width, window.in_width + window.pad_width) - left
        return taps.reduce(0) { $0 + x[c, $1.y, $1.x] }
          / Double(countsPadding ? max(height, 0) * max(width, 0) : taps.count)
      }
    }
  }

  @Test("means of bins", arguments: sets)
  func adaptiveAveragePool(_ set: KernelSet) throws {
    let table = try #require(Kernels(set)).table
    var random = SplitMix64(seed: 10)
    let sizes = [1, 2, 3, 5, 6, 8, 12, 17, 24, 33, 48, 64]
    for round in 0..<300 {
      let (outHeight, outWidth) = (random.pick([0, 1, 1, 2, 3, 6, 8]), random.pick([0, 1, 1, 2, 3, 6, 8, 12, 24]))
      let isWhole = random.pick([true, true, false])
      let height = isWhole ? outHeight * random.pick([1, 2, 3, 4, 8]) : random.pick(sizes)
      let width = isWhole ? outWidth * random.pick([1, 2, 3, 4, 6, 8, 100]) : random.pick(sizes)
      let count = random.pick(0...3)
      let x = Planes(count, height, width, &random) { Float($0.signed()) }
      let out = Planes(count, outHeight, outWidth, &random) { _ in 7 }
      table.adaptive_average_pool(
        x.start, x.starts, height, width, out.start, out.starts, outHeight, outWidth, count)
      out.expect("\(set), round \(round): \(height) x \(width) to \(outHeight) x \(outWidth)") { c, oy, ox in
        let rows = bin(oy, of: outHeight, over: height)
        let columns = bin(ox, of: outWidth, over: width)
        let sum = rows.reduce(0.0) { sum, y in columns.reduce(sum) { $0 + x[c, y, $1] } }
        return sum / Double(rows.count * columns.count)
      }
    }
  }

  @Test("resizing", arguments: sets, [POSE_NEAREST, POSE_BILINEAR, POSE_BILINEAR_ALIGN_CORNERS].map(\.rawValue))
  func resize(_ set: KernelSet, _ mode: UInt32) throws {
    let table = try #require(Kernels(set)).table
    var random = SplitMix64(seed: 11)
    let mode = pose_resize_mode(mode)
    let sizes = [1, 2, 3, 5, 6, 8, 12, 15, 16, 17, 24, 33, 40]
    for round in 0..<200 {
      let (height, width) = (random.pick([1, 2, 3, 6, 8, 11]), random.pick(sizes))
      let factor = random.pick([1, 2, 2, 4, 8])
      let isWhole = random.pick([true, false])
      let outHeight = isWhole ? height * factor : random.pick([0, 1, 3, 7, 16])
      let outWidth = isWhole ? width * factor : random.pick([0] + sizes)
      let count = random.pick(0...3)
      let x = Planes(count, height, width, &random) { Float($0.signed()) }
      let out = Planes(count, outHeight, outWidth, &random) { _ in 7 }
      let scratch = Guarded(pose_resize_scratch(height, width, outHeight, outWidth), &random) { _ in .nan }
      table.resize(
        x.start, x.starts, height, width, out.start, out.starts, outHeight, outWidth, mode, count, scratch.start)
      out.expect("\(set), round \(round): \(height) x \(width) to \(outHeight) x \(outWidth)", scratch) { c, oy, ox in
        let (v, h) = (tap(oy, of: outHeight, over: height, mode), tap(ox, of: outWidth, over: width, mode))
        let top = x[c, v.low, h.low] * (1 - h.fraction) + x[c, v.low, h.high] * h.fraction
        let bottom = x[c, v.high, h.low] * (1 - h.fraction) + x[c, v.high, h.high] * h.fraction
        return top * (1 - v.fraction) + bottom * v.fraction
      }
    }
  }

  /// Now and then one that is larger than what the kernels take at a time.
  private func window(_ round: Int, _ random: inout SplitMix64) -> pose_window? {
    if round == 0 {
      return pose_window(
        in_height: 2, in_width: 1500, out_height: 2, out_width: 302, kernel_height: 1, kernel_width: 1200,
        stride_height: 1, stride_width: 1, pad_height: 0, pad_width: 0, dilation_height: 1, dilation_width: 1)
    }
    return round == 1 ? pose_window(random: &random, height: 2, width: 3000) : pose_window(random: &random)
  }

  private func bin(_ index: Int, of count: Int, over size: Int) -> Range<Int> {
    index * size / count..<((index + 1) * size + count - 1) / count
  }

  /// Positions in float32, as in every framework: where one falls on a pixel decides which neighbours it has.
  private func tap(
    _ index: Int, of count: Int, over size: Int, _ mode: pose_resize_mode
  ) -> (low: Int, high: Int, fraction: Double) {
    if mode == POSE_NEAREST { return (index * size / count, index * size / count, 0) }
    let position =
      mode == POSE_BILINEAR
      ? max((Float(index) + 0.5) * (Float(size) / Float(count)) - 0.5, 0)
      : count > 1 ? Float(index) * (Float(size - 1) / Float(count - 1)) : 0
    let low = min(Int(position), size - 1)
    return (low, min(low + 1, size - 1), Double(position) - Double(low))
  }
}
