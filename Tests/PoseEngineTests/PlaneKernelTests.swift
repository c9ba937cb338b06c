import CPoseKernels
import Testing

@testable import PoseEngine
@testable import PoseGraph

/// The kernels of planes equal plain loops in double precision, for every instruction set, on planes in any order, and
/// write nothing but their planes and their scratch.
struct PlaneKernelTests {
  static let sets = KernelSet.allCases.filter(\.isAvailable)

  @Test("depthwise convolutions", arguments: sets)
  func depthwise(_ set: KernelSet) throws {
    let table = try #require(Kernels(set)).table
    var random = SplitMix64(seed: 4)
    for round in 0..<400 {
      guard let window = pose_window(random: &random) else { continue }
      checkDepthwise(table, window, channels: random.pick(0...3), &random, "\(set), round \(round)")
    }
  }

  @Test("depthwise convolutions of planes in several bands", arguments: sets)
  func largeDepthwise(_ set: KernelSet) throws {
    let table = try #require(Kernels(set)).table
    var random = SplitMix64(seed: 5)
    for (height, width) in [(128, 96), (96, 72), (67, 130), (3, 5000)] {
      for _ in 0..<4 {
        guard let window = pose_window(random: &random, height: height, width: width) else { continue }
        checkDepthwise(table, window, channels: 2, &random, "\(set), \(height) x \(width)")
      }
    }
  }

  @Test("several depthwise convolutions of the same planes", arguments: sets)
  func filters(_ set: KernelSet) throws {
    let table = try #require(Kernels(set)).table
    var random = SplitMix64(seed: 9)
    for round in 0..<400 {
      let (height, width) = (
        random.pick([1, 2, 3, 5, 8, 13]), random.pick([1, 2, 3, 6, 9, 12, 17, 18, 24, 31, 36, 48, 72])
      )
      guard var window = round % 4 == 0 ? pose_window(random: &random) : .halving(height, width) else { continue }
      let (count, taps) = (random.pick(0...3), window.kernel_height * window.kernel_width)
      let x = Planes(count, window.in_height, window.in_width, &random) { Float($0.signed()) }
      let scratch = Guarded(pose_depthwise_scratch(&window), &random) { _ in .nan }
      let outs = (0..<random.pick(1...Int(POSE_FILTERS))).map { _ in
        Planes(count, window.out_height, window.out_width, &random) { _ in 7 }
      }
      let weights = outs.map { _ in Guarded(count * taps, &random) { Float($0.signed()) } }
      let biases = outs.map { _ in random.pick([nil, Guarded(count, &random) { Float($0.signed()) }]) }
      let activations = outs.map { _ in random.pick([nil, Unary.relu, .silu]) }
      withPointers(outs.map { ContiguousArray($0.starts) }) { starts in
        let filters = outs.indices.map {
          pose_filter(
            w: weights[$0].start, bias: biases[$0].map { UnsafePointer($0.start) }, out: outs[$0].start,
            out_planes: starts[$0], f: activations[$0].kernel)
        }
        table.depthwise_multi(filters, filters.count, x.start, x.starts, count, &window, scratch.start)
      }
      for (index, out) in outs.enumerated() {
        out.expect("\(set), round \(round), \(index) of \(outs.count): \(window)", scratch) { channel, oy, ox in
          let sum = window.taps(oy, ox).reduce(Double(biases[index]?.start[channel] ?? 0)) {
            $0 + Double(weights[index].start[channel * taps + $1.tap]) * x[channel, $1.y, $1.x]
          }
          return activations[index].map { value(of: $0, sum) } ?? sum
        }
      }
    }
  }

  @Test("convolutions of gated planes, and their means", arguments: sets)
  func scaledDepthwise(_ set: KernelSet) throws {
    let table = try #require(Kernels(set)).table
    var random = SplitMix64(seed: 12)
    let widths = [0, 1, 2, 3, 6, 7, 8, 9, 12, 15, 16, 17, 18, 24, 25, 33, 36, 48, 49, 72, 100]
    for round in 0..<400 {
      let (rows, columns) = (random.pick([1, 1, 2, 3, 4, 8]), random.pick([1, 1, 2, 3, 4, 8, 50]))
      let (height, width) = (random.pick([0, 1, 2, 3, 5, 8]) * rows, random.pick(widths) / columns * columns)
      let (gateHeight, gateWidth) = (height / rows, width / columns)
      let count = random.pick(0...3)
      let x = Planes(count, height, width, &random) { Float($0.signed()) }
      let gates = Planes(count, gateHeight, gateWidth, &random) { Float($0.unit()) }
      let out = Planes(count, height, width, &random) { _ in 7 }
      let means = Planes(count, 1, 1, &random) { _ in 0 }
      let weights = Guarded(count * 9, &random) { Float($0.signed()) }
      let bias = Guarded(count, &random) { Float($0.signed()) }
      let (hasGates, hasBias, hasMeans) = (random.pick([true, false]), random.pick([true, false]), round % 3 != 0)
      let function = random.pick([nil, Unary.relu])
      table.depthwise3x3_scaled(
        weights.start, hasBias ? bias.start : nil, x.start, x.starts, hasGates ? gates.start : nil,
        hasGates ? gates.starts : nil, gateHeight, gateWidth, out.start, out.starts, hasMeans ? means.start : nil,
        hasMeans ? means.starts : nil, count, height, width, function.kernel)
      let name = "\(set), round \(round): \(gateHeight) x \(gateWidth) on \(height) x \(width)"
      let expected = { (c: Int, y: Int, x0: Int) in
        var sum = hasBias ? Double(bias.start[c]) : 0
        for tap in 0..<9 {
          let (y, x0) = (y + tap / 3 - 1, x0 + tap % 3 - 1)
          guard 0..<height ~= y, 0..<width ~= x0 else { continue }
          let gate = hasGates ? gates[c, y / rows, x0 / columns] : 1
          sum += Double(weights.start[c * 9 + tap]) * Double(Float(gate) * Float(x[c, y, x0]))
        }
        return function.map { value(of: $0, sum) } ?? sum
      }
      out.expect(name, nil, expected)
      means.expect("means of " + name) { c, _, _ in
        guard hasMeans, height * width > 0 else { return 0 }
        return (0..<height * width).reduce(0.0) { $0 + expected(c, $1 / width, $1 % width) } / Double(height * width)
      }
    }
  }

  @Test("functions of two lists of planes, the second enlarged", arguments: sets, Binary.allCases)
  func binaryBroadcast(_ set: KernelSet, _ function: Binary) throws {
    let table = try #require(Kernels(set)).table
    var random = SplitMix64(seed: 6)
    let factors = [1, 2, 2, 4, 8, 3, 5]
    for round in 0..<120 {
      let (bHeight, bWidth) = (random.pick([0, 1, 2, 3, 4, 6, 8]), random.pick([0, 1, 2, 3, 5, 6, 8, 12, 24, 33]))
      let rows = random.pick(factors)
      let columns = random.pick([rows, random.pick(factors)])
      let (height, width) = (bHeight * rows, bWidth * columns)
      let count = random.pick(0...4)
      let a = Planes(count, height, width, &random) { Float($0.unit() + 0.5) }
      let b = Planes(count, bHeight, bWidth, &random) { Float($0.unit() + 0.5) }
      let out = Planes(count, height, width, &random) { _ in 7 }
      let activation = random.pick([nil, Unary.relu, .silu])
      let expected = { (c: Int, y: Int, x: Int) in
        let sum = value(of: function, a[c, y, x], b[c, y / rows, x / columns])
        return activation.map { value(of: $0, sum) } ?? sum
      }
      let name = "\(set), \(function), round \(round): \(bHeight) x \(bWidth) to \(height) x \(width)"
      table.binary_broadcast(
        a.start, a.starts, b.start, b.starts, out.start, out.starts, count, height, width, bHeight, bWidth,
        function.kernel, activation.kernel)
      out.expect(name, nil, expected)
      // In place gives the same bits.
      table.binary_broadcast(
        a.start, a.starts, b.start, b.starts, a.start, a.starts, count, height, width, bHeight, bWidth,
        function.kernel, activation.kernel)
      a.expect("in place: " + name) { out[$0, $1, $2] }
    }
  }

  @Test("sums of planes and of enlarged ones", arguments: sets)
  func sum(_ set: KernelSet) throws {
    let table = try #require(Kernels(set)).table
    var random = SplitMix64(seed: 8)
    for round in 0..<400 {
      let unit = random.pick([1, 2, 3])
      let (height, width) = (random.pick([0, 8, 16, 24]) * unit, random.pick([0, 8, 16, 24, 40, 48, 72, 144]) * unit)
      let count = random.pick(0...3)
      let x = Planes(count, height, width, &random) { Float($0.signed()) }
      let outs = (0..<random.pick(1...Int(POSE_RESULTS))).map { _ in Planes(count, height, width, &random) { _ in 7 } }
      let terms = (0..<random.pick(1...Int(POSE_TERMS))).map { _ in
        let (rows, columns) = (random.pick([1, 2, 4, 8, unit]), random.pick([1, 2, 4, 8, unit]))
        return Planes(count, height / rows, width / columns, &random) { Float($0.signed()) }
      }
      let scales = Planes(count, 1, 1, &random) { Float($0.signed()) }
      let number = Guarded(1, &random) { Float($0.signed()) }
      let scaling = random.pick(0...2)
      let activations = outs.map { _ in random.pick([nil, Unary.relu, .silu]) }
      func add(to outs: [Planes]) {
        withPointers((terms + outs).map { ContiguousArray($0.starts) }) { starts in
          table.sum(
            x.start, x.starts, [nil, number.start, scales.start][scaling], scaling > 1 ? scales.starts : nil,
            zip(terms, starts).map { pose_term(x: $0.start, planes: $1, height: $0.height, width: $0.width) },
            terms.count,
            outs.indices.map {
              pose_result(out: outs[$0].start, planes: starts[terms.count + $0], f: activations[$0].kernel)
            }, outs.count, count, height, width)
        }
      }
      let name = "\(set), round \(round): \(terms.map { [$0.height, $0.width] }) to \(height) x \(width)"
      add(to: outs)
      for (out, activation) in zip(outs, activations) {
        out.expect(name) { c, y, q in
          let scale = [1, Double(number.start[0]), scales[c, 0, 0]][scaling]
          let sum = terms.reduce(scale * x[c, y, q]) { $0 + $1[c, y * $1.height / height, q * $1.width / width] }
          return activation.map { value(of: $0, sum) } ?? sum
        }
      }
      // In place gives the same bits.
      add(to: [x])
      x.expect("in place: " + name) { outs[0][$0, $1, $2] }
    }
  }

  @Test("a NaN stays one, and what follows it does not", arguments: sets)
  func notANumber(_ set: KernelSet) throws {
    let table = try #require(Kernels(set)).table
    var random = SplitMix64(seed: 7)
    for width in [3, 6, 8, 16, 40] {
      let x = Planes(1, 4, width, &random) { _ in -1 }
      x.start[Int(x.starts[0]) + width + 1] = .nan
      let out = Planes(1, 4, width, &random) { _ in 7 }
      table.binary_broadcast(
        x.start, x.starts, x.start, x.starts, out.start, out.starts, 1, 4, width, 4, width, POSE_ADD, POSE_RELU)
      out.expect("\(set), sum") { _, y, x in y == 1 && x == 1 ? .nan : 0 }
      var window = pose_window(
        in_height: 4, in_width: width, out_height: 4, out_width: width, kernel_height: 3, kernel_width: 3,
        stride_height: 1, stride_width: 1, pad_height: 1, pad_width: 1, dilation_height: 1, dilation_width: 1)
      let scratch = Guarded(pose_depthwise_scratch(&window), &random) { _ in .nan }
      let weights = Guarded(9, &random) { _ in 1 }
      table.depthwise(
        weights.start, nil, x.start, x.starts, out.start, out.starts, 1, &window, scratch.start, POSE_RELU)
      out.expect("\(set), convolution", scratch) { _, y, x in y <= 2 && x <= 2 ? .nan : 0 }
    }
  }

  private func withPointers(
    _ tables: [ContiguousArray<Int32>], _ made: [UnsafePointer<Int32>?] = [],
    _ body: ([UnsafePointer<Int32>?]) -> Void
  ) {
    guard made.count < tables.count else { return body(made) }
    tables[made.count].withUnsafeBufferPointer { withPointers(tables, made + [$0.baseAddress], body) }
  }

  private func checkDepthwise(
    _ table: pose_kernels, _ window: pose_window, channels: Int, _ random: inout SplitMix64, _ name: String
  ) {
    var window = window
    let taps = window.kernel_height * window.kernel_width
    let x = Planes(channels, window.in_height, window.in_width, &random) { Float($0.signed()) }
    let out = Planes(channels, window.out_height, window.out_width, &random) { _ in 7 }
    let weights = Guarded(channels * taps, &random) { Float($0.signed()) }
    let bias = Guarded(channels, &random) { Float($0.signed()) }
    let scratch = Guarded(pose_depthwise_scratch(&window), &random) { _ in .nan }
    let hasBias = random.pick([true, false])
    let function = random.pick([nil, Unary.relu, .silu])
    table.depthwise(
      weights.start, hasBias ? bias.start : nil, x.start, x.starts, out.start, out.starts, channels, &window,
      scratch.start, function.kernel)
    out.expect("\(name): \(window)", scratch) { channel, oy, ox in
      let sum = window.taps(oy, ox).reduce(hasBias ? Double(bias.start[channel]) : 0) {
        $0 + Double(weights.start[channel * taps + $1.tap]) * x[channel, $1.y, $1.x]
      }
      return function.map { value(of: $0, sum) } ?? sum
    }
  }
}
