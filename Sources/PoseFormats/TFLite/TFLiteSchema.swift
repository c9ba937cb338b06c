// The numbers of TensorFlow Lite's schema, version 3 (`schema.fbs`), that files are written with.

/// TensorFlow Lite's built-in operators by their codes.
enum TFLiteOperator: Int32, Hashable {
  case add = 0
  case averagePool = 1
  case concatenation = 2
  case convolution = 3
  case depthwiseConvolution = 4
  case dequantize = 6
  case floor = 8
  case fullyConnected = 9
  case logistic = 14
  case maxPool = 17
  case multiply = 18
  case relu = 19
  case relu6 = 21
  case reshape = 22
  case resizeBilinear = 23
  case softmax = 25
  case tanh = 28
  case pad = 34
  case gather = 36
  case transpose = 39
  case mean = 40
  case subtract = 41
  case divide = 42
  case stridedSlice = 45
  case exp = 47
  case cast = 53
  case maximum = 55
  case minimum = 57
  case negate = 59
  case padWith = 60
  case slice = 65
  case sin = 66
  case transposedConvolution = 67
  case log = 73
  case sum = 74
  case sqrt = 75
  case reciprocalSqrt = 76
  case power = 78
  case reduceMax = 82
  case reduceMin = 89
  case resizeNearest = 97
  case leakyReLU = 98
  case abs = 101
  case cos = 108
  case hardSwish = 117
  case batchMatmul = 126
  case broadcastTo = 130
  case gelu = 150
  case sign = 158

  /// Whether it brings numbers to another operator, which is the one that its module is there for.
  var onlyMoves: Bool {
    switch self {
    case .dequantize, .pad, .padWith, .reshape, .slice, .transpose: true
    default: false
    }
  }

  /// The name in tensors' names, as TensorFlow Lite spells it.
  var name: String {
    switch self {
    case .add: "ADD"
    case .averagePool: "AVERAGE_POOL_2D"
    case .concatenation: "CONCATENATION"
    case .convolution: "CONV_2D"
    case .depthwiseConvolution: "DEPTHWISE_CONV_2D"
    case .dequantize: "DEQUANTIZE"
    case .floor: "FLOOR"
    case .fullyConnected: "FULLY_CONNECTED"
    case .logistic: "LOGISTIC"
    case .maxPool: "MAX_POOL_2D"
    case .multiply: "MUL"
    case .relu: "RELU"
    case .relu6: "RELU6"
    case .reshape: "RESHAPE"
    case .resizeBilinear: "RESIZE_BILINEAR"
    case .softmax: "SOFTMAX"
    case .tanh: "TANH"
    case .pad: "PAD"
    case .gather: "GATHER"
    case .transpose: "TRANSPOSE"
    case .mean: "MEAN"
    case .subtract: "SUB"
    case .divide: "DIV"
    case .stridedSlice: "STRIDED_SLICE"
    case .exp: "EXP"
    case .cast: "CAST"
    case .maximum: "MAXIMUM"
    case .minimum: "MINIMUM"
    case .negate: "NEG"
    case .padWith: "PADV2"
    case .slice: "SLICE"
    case .sin: "SIN"
    case .transposedConvolution: "TRANSPOSE_CONV"
    case .log: "LOG"
    case .sum: "SUM"
    case .sqrt: "SQRT"
    case .reciprocalSqrt: "RSQRT"
    case .power: "POW"
    case .reduceMax: "REDUCE_MAX"
    case .reduceMin: "REDUCE_MIN"
    case .resizeNearest: "RESIZE_NEAREST_NEIGHBOR"
    case .leakyReLU: "LEAKY_RELU"
    case .abs: "ABS"
    case .cos: "COS"
    case .hardSwish: "HARD_SWISH"
    case .batchMatmul: "BATCH_MATMUL"
    case .broadcastTo: "BROADCAST_TO"
    case .gelu: "GELU"
    case .sign: "SIGN"
    }
  }
}

/// The type of a tensor's scalars.
enum TFLiteScalar: Int8, Hashable {
  case float32 = 0
  case float16 = 1
  case int32 = 2

  var byteCount: Int { self == .float16 ? 2 : 4 }
}

/// What the file's operators do to their results before they write them.
enum TFLiteActivation: Int8, Hashable {
  case none = 0
  case relu = 1
  case relu6 = 3
}

/// Padding of a window's input: as much as the output's size needs, half of it before, or none.
enum TFLitePadding: Int8, Hashable {
  case same = 0
  case valid = 1
}

/// The options of an operator: the number of their table in the schema's union, and the fields.
struct TFLiteOptions {
  /// A field's value.
  enum Value {
    case int8(Int8)
    case int32(Int)
    case float(Float)
    case flag(Bool)
  }

  let table: Int8
  let fields: [(UInt16, Value)]

  static func convolution(
    _ padding: TFLitePadding, stride: [Int], dilation: [Int], _ activation: TFLiteActivation
  ) -> Self {
    Self(
      table: 1,
      fields: [
        (0, .int8(padding.rawValue)), (1, .int32(stride[1])), (2, .int32(stride[0])), (3, .int8(activation.rawValue)),
        (4, .int32(dilation[1])), (5, .int32(dilation[0])),
      ])
  }

  static func depthwiseConvolution(
    _ padding: TFLitePadding, stride: [Int], dilation: [Int], multiplier: Int, _ activation: TFLiteActivation
  ) -> Self {
    Self(
      table: 2,
      fields: [
        (0, .int8(padding.rawValue)), (1, .int32(stride[1])), (2, .int32(stride[0])), (3, .int32(multiplier)),
        (4, .int8(activation.rawValue)), (5, .int32(dilation[1])), (6, .int32(dilation[0])),
      ])
  }

  static func pool(_ padding: TFLitePadding, kernel: [Int], stride: [Int]) -> Self {
    Self(
      table: 5,
      fields: [
        (0, .int8(padding.rawValue)), (1, .int32(stride[1])), (2, .int32(stride[0])), (3, .int32(kernel[1])),
        (4, .int32(kernel[0])), (5, .int8(TFLiteActivation.none.rawValue)),
      ])
  }

  static func fullyConnected(keepsAxes: Bool, _ activation: TFLiteActivation) -> Self {
    Self(table: 8, fields: [(0, .int8(activation.rawValue)), (1, .int8(0)), (2, .flag(keepsAxes))])
  }

  static let softmax = Self(table: 9, fields: [(0, .float(1))])

  static func concatenation(axis: Int) -> Self {
    Self(table: 10, fields: [(0, .int32(axis)), (1, .int8(TFLiteActivation.none.rawValue))])
  }

  static func resizeBilinear(alignCorners: Bool) -> Self {
    Self(table: 15, fields: [(2, .flag(alignCorners)), (3, .flag(!alignCorners))])
  }

  static func gather(axis: Int) -> Self { Self(table: 23, fields: [(0, .int32(axis)), (1, .int32(0))]) }
  static func reduction(keepsAxes: Bool) -> Self { Self(table: 27, fields: [(0, .flag(keepsAxes))]) }

  static let stridedSlice = Self(table: 32, fields: (0..<5).map { ($0, .int32(0)) })

  static func cast(from: TFLiteScalar, to: TFLiteScalar) -> Self {
    Self(table: 37, fields: [(0, .int8(from.rawValue)), (1, .int8(to.rawValue))])
  }

  static func transposedConvolution(_ padding: TFLitePadding, stride: [Int]) -> Self {
    Self(
      table: 49,
      fields: [
        (0, .int8(padding.rawValue)), (1, .int32(stride[1])), (2, .int32(stride[0])),
        (3, .int8(TFLiteActivation.none.rawValue)),
      ])
  }

  static let resizeNearest = Self(table: 74, fields: [(0, .flag(false)), (1, .flag(false))])
  static func leakyReLU(slope: Float) -> Self { Self(table: 75, fields: [(0, .float(slope))]) }

  static func batchMatmul(transposesSecond: Bool) -> Self {
    Self(table: 101, fields: [(0, .flag(false)), (1, .flag(transposesSecond)), (2, .flag(false))])
  }

  static let gelu = Self(table: 116, fields: [(0, .flag(false))])

  /// The options of operators of two tensors that have an activation; nil for those without options.
  static func binary(_ operation: TFLiteOperator, _ activation: TFLiteActivation) -> Self? {
    let table: Int8? =
      switch operation {
      case .add: 11
      case .multiply: 21
      case .subtract: 28
      case .divide: 29
      default: nil
      }
    return table.map { Self(table: $0, fields: [(0, .int8(activation.rawValue))]) }
  }
}
