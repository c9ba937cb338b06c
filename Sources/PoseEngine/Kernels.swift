import CPoseKernels
import PoseGraph

/// Which instructions the kernels use.
public enum KernelSet: String, Sendable, Hashable, CaseIterable {
  case portable, neon, avx2, avx512

  /// Whether this CPU runs them.
  public var isAvailable: Bool { table != nil }
  /// The best that this CPU runs.
  public static var best: KernelSet { [.avx512, .avx2, .neon].first(where: \.isAvailable) ?? .portable }

  fileprivate var table: UnsafePointer<pose_kernels>? {
    switch self {
    case .portable: pose_kernels_portable()
    case .neon: pose_kernels_neon()
    case .avx2: pose_kernels_avx2()
    case .avx512: pose_kernels_avx512()
    }
  }
}

/// The kernels of one instruction set, called by their names.
struct Kernels: Sendable {
  let table: pose_kernels
  let set: KernelSet

  /// Nil where this CPU cannot run the wanted set.
  init?(_ set: KernelSet?) {
    let set = set ?? .best
    guard let table = set.table?.pointee else { return nil }
    self.table = table
    self.set = set
  }

  /// Weights in panels, as `gemm` reads them.
  func pack(_ weights: ArraySlice<Float>, rows: Int, columns: Int) -> [Float] {
    pack(weights, rows: rows, columns: columns, panel: table.panel)
  }

  /// Weights in panels, as `dense` reads them.
  func packDense(_ weights: [Float], rows: Int, columns: Int) -> [Float] {
    pack(weights[...], rows: rows, columns: columns, panel: POSE_DENSE_PANEL)
  }

  private func pack(_ weights: ArraySlice<Float>, rows: Int, columns: Int, panel: Int) -> [Float] {
    let count = pose_packed_count(rows, columns, panel)
    return [Float](unsafeUninitializedCapacity: count) { packed, initialized in
      weights.withUnsafeBufferPointer { weights in
        if let weights = weights.baseAddress, let packed = packed.baseAddress {
          pose_pack(weights, rows, columns, columns, panel, packed)
        }
      }
      initialized = count
    }
  }
}

extension Unary? {
  /// The kernels' word for a function.
  var kernel: pose_unary {
    switch self {
    case nil: POSE_IDENTITY
    case .relu: POSE_RELU
    case .relu6: POSE_RELU6
    case .sigmoid: POSE_SIGMOID
    case .hardSigmoid: POSE_HARD_SIGMOID
    case .hardSwish: POSE_HARD_SWISH
    case .silu: POSE_SILU
    case .gelu: POSE_GELU
    case .tanh: POSE_TANH
    case .exp: POSE_EXP
    case .log: POSE_LOG
    case .sqrt: POSE_SQRT
    case .abs: POSE_ABS
    case .negate: POSE_NEGATE
    case .erf: POSE_ERF
    case .softplus: POSE_SOFTPLUS
    case .sin: POSE_SIN
    case .cos: POSE_COS
    case .leakyReLU: POSE_LEAKY_RELU
    }
  }
}

extension Binary {
  var kernel: pose_binary {
    switch self {
    case .add: POSE_ADD
    case .subtract: POSE_SUBTRACT
    case .multiply: POSE_MULTIPLY
    case .divide: POSE_DIVIDE
    case .maximum: POSE_MAXIMUM
    case .minimum: POSE_MINIMUM
    case .power: POSE_POWER
    }
  }
}

extension Reduction {
  var kernel: pose_reduction {
    switch self {
    case .sum: POSE_SUM
    case .mean: POSE_MEAN
    case .max: POSE_MAX
    case .min: POSE_MIN
    }
  }
}
