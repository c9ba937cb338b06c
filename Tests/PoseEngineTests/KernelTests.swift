import CPoseKernels
import Testing

@testable import PoseEngine
@testable import PoseGraph

/// The kernels of each instruction set equal the portable ones, for sizes from nothing to several vectors and a tail, on
/// pointers of any alignment, and write nothing but what they should.
struct KernelTests {
  static let others = KernelSet.allCases.filter { $0.isAvailable && $0 != .portable }
  // Zero, one, around every vector length, and register tiles of three vectors with tails.
  static let lengths = [0, 1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 24, 31, 32, 33, 47, 48, 49, 63, 64, 65, 100, 145]

  @Test("functions of numbers", arguments: others, Unary.allCases.map(Optional.some) + [nil])
  func unary(_ set: KernelSet, _ function: Unary?) throws {
    let (kernel, portable) = (try kernels(set), try kernels(.portable))
    var random = SplitMix64(seed: 1)
    for count in Self.lengths {
      let positive = function == .log || function == .sqrt
      let x = Guarded(count, &random) { positive ? Float($0.unit() + 0.01) * 9 : Float($0.signed() * 9) }
      expectEqual(set, count, &random) { kernels, out in
        (kernels == set ? kernel : portable).unary(x.start, out, count, function.kernel)
      }
      expectEqual(set, count, &random) { kernels, out in
        (kernels == set ? kernel : portable).affine(
          x.start, 1.5, 0.25, out, count, positive ? POSE_IDENTITY : function.kernel)
      }
    }
  }

  @Test("ends of the range: infinities, NaN, zeros and huge numbers", arguments: others, Unary.allCases)
  func extremes(_ set: KernelSet, _ function: Unary) throws {
    let values: [Float] = [
      .infinity, -.infinity, .nan, 0, -0.0, 88.7, -88.7, 88.8, -103.9, -104.1, 1e30, -1e30, 6, 3, -3, 1e-30,
    ]
    let kernel = try kernels(set)
    let portable = try kernels(.portable)
    for value in values {
      // Alone, as a tail, and in a whole vector.
      for count in [1, 16] {
        let x = [Float](repeating: value, count: count)
        var (a, b) = (x, x)
        kernel.unary(x, &a, count, Optional(function).kernel)
        portable.unary(x, &b, count, Optional(function).kernel)
        #expect(worstDifference(a, b.map(Double.init)) < 1e-6, "\(function) of \(value)")
      }
      if [.relu, .relu6, .sigmoid, .silu, .exp, .leakyReLU, .abs, .negate].contains(function) {
        var result: Float = 0
        portable.unary([value], &result, 1, Optional(function).kernel)
        let expected = PoseEngineTests.value(of: function, Double(value))
        // What overflows float32 is infinite in it.
        #expect(
          value.isNaN
            ? result.isNaN
            : worstDifference([result], [Double(Float(expected))]) < 1e-6
              || (function == .silu && value == -.infinity),
          "\(function) of \(value) is \(result), not \(expected)")
      }
    }
  }

  @Test("functions of two rows", arguments: others, Binary.allCases)
  func binary(_ set: KernelSet, _ function: Binary) throws {
    let kernel = try kernels(set)
    let portable = try kernels(.portable)
    var random = SplitMix64(seed: 2)
    for count in Self.lengths {
      for (aStep, bStep) in [(1, 1), (0, 1), (1, 0), (0, 0)] {
        let a = Guarded(aStep == 0 ? 1 : count, &random) { Float($0.unit() + 0.5) }
        let b = Guarded(bStep == 0 ? 1 : count, &random) { Float($0.unit() + 0.5) }
        expectEqual(set, count, &random) { kernels, out in
          (kernels == set ? kernel : portable).binary(
            a.start, aStep, b.start, bStep, out, count, function.kernel, POSE_RELU)
        }
      }
    }
  }

  @Test(
    "matrix products of scattered rows, whole and in parts", arguments: others,
    [POSE_IDENTITY, POSE_RELU, POSE_SILU].map(\.rawValue))
  func gemm(_ set: KernelSet, _ function: UInt32) throws {
    let kernel = try kernels(set)
    let portable = try kernels(.portable)
    var random = SplitMix64(seed: 3)
    let function = pose_unary(function)
    for _ in 0..<150 {
      let (rows, depth) = (random.pick([0, 1, 2, 3, 4, 5, 7, 8, 9, 16, 19]), random.pick([0, 1, 2, 5, 16, 33]))
      let columns = random.pick(Self.lengths)
      let (firstColumn, spare) = (random.pick(0...columns), random.pick([0, 0, 1, 5]))
      let firstRow = random.pick([0, 0, 8])
      let weights = (0..<rows * depth).map { _ in Float(random.signed()) }
      let x = Guarded(depth * (columns + spare), &random) { Float($0.signed()) }
      let bias = Guarded(rows, &random) { Float($0.signed()) }
      let residual = Guarded(rows * (columns + spare), &random) { Float($0.signed()) }
      let (hasBias, hasResidual) = (random.pick([true, false]), random.pick([true, false]))
      // Rows in any order.
      func table(_ count: Int) -> [Int32] {
        var table = (0..<count).map { Int32($0 * (columns + spare)) }
        for index in table.indices { table.swapAt(index, random.pick(0...index)) }
        return table
      }
      let (xRows, residualRows, outRows) = (table(depth), table(rows), table(rows))
      let (own, other) = (
        kernel.pack(weights, rows: rows, depth: depth), portable.pack(weights, rows: rows, depth: depth)
      )
      expectEqual(set, rows * (columns + spare), &random) { kernels, out in
        (kernels == set ? kernel : portable).gemm(
          kernels == set ? own.start : other.start, hasBias ? bias.start : nil, x.start, xRows,
          hasResidual ? residual.start : nil, residualRows, out, outRows, depth, min(firstRow, rows / 8 * 8), rows,
          firstColumn, columns, function)
      }
    }
  }

  @Test("products of one column", arguments: others)
  func dense(_ set: KernelSet) throws {
    let (kernel, portable) = (try kernels(set), try kernels(.portable))
    var random = SplitMix64(seed: 8)
    for rows in Self.lengths {
      for depth in [0, 1, 2, 3, 4, 5, 20, 33] {
        let weights = (0..<rows * depth).map { _ in Float(random.signed()) }
        let x = Guarded(depth, &random) { Float($0.signed()) }
        let bias = Guarded(rows, &random) { Float($0.signed()) }
        let packed = Guarded(pose_packed_count(rows, depth, POSE_DENSE_PANEL), &random) { _ in .nan }
        pose_pack(weights, rows, depth, depth, POSE_DENSE_PANEL, packed.start)
        let hasBias = random.pick([true, false])
        expectEqual(set, rows, &random) { kernels, out in
          (kernels == set ? kernel : portable).dense(
            packed.start, hasBias ? bias.start : nil, x.start, out, depth, rows, POSE_SIGMOID)
        }
      }
    }
  }

  @Test("reductions, softmax and layer norm", arguments: others)
  func rows(_ set: KernelSet) throws {
    let kernel = try kernels(set)
    let portable = try kernels(.portable)
    var random = SplitMix64(seed: 5)
    for count in Self.lengths {
      let x = Guarded(count, &random) { Float($0.signed() * 3) }
      let (weight, bias) = (Guarded(count, &random) { Float($0.unit()) }, Guarded(count, &random) { Float($0.unit()) })
      for reduction in Reduction.allCases {
        let (a, b) = (
          kernel.reduce(x.start, count, reduction.kernel), portable.reduce(x.start, count, reduction.kernel)
        )
        #expect(worstDifference([a], [Double(b)]) < 1e-5, "\(reduction) of \(count)")
      }
      expectEqual(set, count, &random) { kernels, out in
        (kernels == set ? kernel : portable).softmax(x.start, out, count)
      }
      expectEqual(set, count, &random) { kernels, out in
        (kernels == set ? kernel : portable).layer_norm(x.start, weight.start, bias.start, 1e-5, out, count)
      }
    }
  }

  @Test("in place equals elsewhere", arguments: KernelSet.allCases.filter(\.isAvailable))
  func inPlace(_ set: KernelSet) throws {
    let kernel = try kernels(set)
    var random = SplitMix64(seed: 6)
    for count in Self.lengths {
      let x = (0..<count).map { _ in Float(random.signed()) }
      let calls: [(UnsafePointer<Float>, UnsafeMutablePointer<Float>) -> Void] = [
        { kernel.unary($0, $1, count, POSE_SIGMOID) }, { kernel.affine($0, 2, 1, $1, count, POSE_RELU) },
        { kernel.softmax($0, $1, count) }, { kernel.layer_norm($0, x, x, 1e-5, $1, count) },
        { kernel.binary($0, 1, x, 1, $1, count, POSE_MULTIPLY, POSE_SILU) },
      ]
      for call in calls {
        var (elsewhere, place) = ([Float](repeating: 0, count: count), x)
        call(x, &elsewhere)
        place.withUnsafeMutableBufferPointer { if let start = $0.baseAddress { call(start, start) } }
        #expect(place == elsewhere)
      }
    }
  }

  private func kernels(_ set: KernelSet) throws -> pose_kernels { try #require(Kernels(set)).table }

  /// Runs both sets into canaries and compares; what a kernel need not write must stay as it was.
  private func expectEqual(
    _ set: KernelSet, _ count: Int, _ random: inout SplitMix64, sourceLocation: SourceLocation = #_sourceLocation,
    _ run: (KernelSet, UnsafeMutablePointer<Float>) -> Void
  ) {
    let (a, b) = (Guarded(count, &random) { _ in 7 }, Guarded(count, &random) { _ in 7 })
    run(set, a.start)
    run(.portable, b.start)
    // Sums of at most 33 products and exp's two units in the last place.
    #expect(worstDifference(a.values, b.values.map(Double.init)) < 1e-5, sourceLocation: sourceLocation)
    #expect(a.isIntact && b.isIntact, "\(set) wrote outside of \(count) floats", sourceLocation: sourceLocation)
  }
}

extension pose_kernels {
  fileprivate func pack(_ weights: [Float], rows: Int, depth: Int) -> Guarded {
    var random = SplitMix64(seed: 7)
    let packed = Guarded(pose_packed_count(rows, depth, panel), &random) { _ in .nan }
    pose_pack(weights, rows, depth, depth, panel, packed.start)
    return packed
  }
}
