import CPoseKernels

/// A product with packed weights, in whatever precision the engine has.
struct Product: Sendable {
  private let weights: Address
  private let depth: Int
  private let kernels: pose_kernels
  private let reduced: pose_reduced_gemm?
  /// Rows that a worker takes at a time.
  let panel: Int
  /// Floats of scratch memory that a run needs.
  let scratchCount: Int

  fileprivate init(_ weights: Address, depth: Int, _ kernels: pose_kernels, _ reduced: pose_reduced_gemm?) {
    self.weights = weights
    self.depth = depth
    self.kernels = kernels
    self.reduced = reduced
    panel = reduced?.panel ?? kernels.panel
    scratchCount = reduced.map { (depth + $0.rows_per_word - 1) / $0.rows_per_word * $0.columns } ?? 0
  }

  /// Where a product reads or writes: a matrix whose rows are found through a table.
  struct Rows {
    var start: UnsafeMutablePointer<Float>
    var table: UnsafePointer<Int32>
  }

  /// `out = f(weights * x + bias + residual)` for a tile of `out`.
  @inline(__always)
  func callAsFunction(
    _ memory: borrowing RunMemory, bias: UnsafePointer<Float>?, _ x: Rows, residual: Rows?, _ out: Rows,
    rows: Range<Int>, columns: Range<Int>, _ activation: pose_unary, scratch: UnsafeMutablePointer<Float>
  ) {
    if let reduced {
      reduced.gemm(
        memory[weights], bias, x.start, x.table, residual?.start, residual?.table, out.start, out.table, depth,
        rows.lowerBound, rows.upperBound, columns.lowerBound, columns.upperBound, activation, scratch)
    } else {
      kernels.gemm(
        memory[weights], bias, x.start, x.table, residual?.start, residual?.table, out.start, out.table, depth,
        rows.lowerBound, rows.upperBound, columns.lowerBound, columns.upperBound, activation)
    }
  }
}

extension PlanBuilder {
  /// A product with `rows x depth` weights.
  mutating func product(_ weights: ArraySlice<Float>, rows: Int, depth: Int) -> Product {
    guard let reduced = precision.reducedProduct, kernels.set == .avx512 else {
      return Product(store(kernels.pack(weights, rows: rows, columns: depth)), depth: depth, kernels.table, nil)
    }
    return Product(store(pairs(of: weights, rows, depth, panel: reduced.panel)), depth: depth, kernels.table, reduced)
  }

  /// Weights in panels as `gemm` packs them, two bfloat16 of a row in each float's bits.
  private func pairs(of weights: ArraySlice<Float>, _ rows: Int, _ depth: Int, panel: Int) -> [Float] {
    var packed: [Float] = []
    packed.reserveCapacity((rows + panel - 1) / panel * panel * ((depth + 1) / 2))
    func bits(_ row: Int, _ column: Int) -> UInt32 {
      guard row < rows, column < depth else { return 0 }
      return UInt32(weights[weights.startIndex + row * depth + column].bfloat16Bits)
    }
    for first in stride(from: 0, to: rows, by: panel) {
      for column in stride(from: 0, to: depth, by: 2) {
        for row in first..<first + panel {
          packed.append(Float(bitPattern: bits(row, column) | bits(row, column + 1) << 16))
        }
      }
    }
    return packed
  }
}
