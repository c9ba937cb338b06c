import PoseCore

/// What a node computes. Few, general and close to ONNX; axes count the batch as axis 0.
public enum Operation: Sendable, Hashable {
  /// An input of the network.
  case input
  /// The value of the node's parameter.
  case parameter
  /// A fixed table that no checkpoint has.
  case constant(shape: [Int], [Float])
  /// `N x C x H x W` by weights `O x C/groups x kH x kW` and an optional bias. Weights may come in sets, of five axes: the
  /// outputs of all sets then lie one after the other.
  case convolution(Convolution)
  /// `N x C x H x W` by weights `C x O/groups x kH x kW` and an optional bias.
  case transposedConvolution(Convolution, outputPadding: Int)
  /// The last axis, `C`, by weights `O x C` and an optional bias.
  case linear
  /// Per channel (axis 1), by weight, bias, running mean, running variance and a batch counter. In training the running
  /// statistics move by `momentum` as often as `updates` says: once each time the published code runs the layer.
  case batchNorm(epsilon: Float, momentum: Float, updates: Int = 1)
  /// Over the last axis, by weight and bias.
  case layerNorm(epsilon: Float)
  case unary(Unary)
  /// Of two values that broadcast as NumPy's do.
  case binary(Binary)
  /// Of a value and a number: `value op number`.
  case scalar(Binary, Float)
  /// The product of the last two axes; the others broadcast.
  case matmul
  case softmax(axis: Int)
  case pool(Pooling)
  /// To `height x width` bins, PyTorch's borders: bin `i` of `n` covers `floor(i * H / n) ..< ceil((i + 1) * H / n)`.
  case adaptiveAveragePool(height: Int, width: Int)
  case resize(Resize)
  case reduce(Reduction, axes: [Int], keepsAxes: Bool)
  case concat(axis: Int)
  /// Indices `start, start + step ..< end` of an axis.
  case slice(axis: Int, start: Int, end: Int, step: Int)
  case reshape([Int])
  case transpose([Int])
  /// Amounts before and after each axis.
  case pad(before: [Int], after: [Int], value: Float)
  /// The given indices of an axis, in their order; a fixed table such as a relative position index.
  case gather(axis: Int, indices: [Int])
  /// `N x C x H x W` at `N x h x w x 2` positions in -1...1 (x, y), bilinear, zero outside.
  case gridSample(alignCorners: Bool)
  /// Active in training only: each unit becomes zero at the rate, and what stays is scaled up for it.
  case dropout(rate: Float, DropoutUnit)
  /// The identity, which training takes no gradient through.
  case detach

  /// Whether it is the identity outside training.
  package var isTrainingOnly: Bool {
    switch self {
    case .dropout, .detach: true
    default: false
    }
  }
}

/// The geometry of a convolution.
public struct Convolution: Sendable, Hashable {
  public var kernel: Size
  public var stride: Size
  public var padding: Size
  public var dilation: Size
  public var groups: Int
  public var hasBias: Bool

  /// Weights of such a parameter as a convolution has them, sets joined.
  public static func weightShape(_ parameter: [Int]) -> [Int] {
    guard parameter.count == 5 else { return parameter }
    return [parameter[0].multipliedReportingOverflow(by: parameter[1]).partialValue] + parameter[2...]
  }

  public init(
    kernel: Size, stride: Size = 1, padding: Size = 0, dilation: Size = 1, groups: Int = 1, hasBias: Bool = false
  ) {
    self.kernel = kernel
    self.stride = stride
    self.padding = padding
    self.dilation = dilation
    self.groups = groups
    self.hasBias = hasBias
  }
}

/// A function of each number by itself.
public enum Unary: String, Sendable, Hashable, Codable, CaseIterable {
  case relu, relu6, sigmoid, hardSigmoid, hardSwish, silu, gelu, tanh
  case exp, log, sqrt, abs, negate, erf, softplus, sin, cos
  /// `x < 0 ? 0.01 * x : x`, PyTorch's default slope.
  case leakyReLU
}

public enum Binary: String, Sendable, Hashable, CaseIterable {
  case add, subtract, multiply, divide, maximum, minimum, power
}

public enum Reduction: String, Sendable, Hashable, CaseIterable {
  case sum, mean, max, min
}

/// What dropout drops as a whole: single numbers, channels of a sample (Tompson et al., CVPR 2015), or samples (stochastic
/// depth; Huang et al., ECCV 2016).
public enum DropoutUnit: String, Sendable, Hashable, CaseIterable {
  case scalar, channel, sample
}

/// A sliding window.
public struct Pooling: Sendable, Hashable {
  public enum Kind: Sendable, Hashable { case max, average }

  public var kind: Kind
  public var kernel: Size
  public var stride: Size
  public var padding: Size
  /// Rounds the output size up instead of down.
  public var roundsUp: Bool
  /// Whether an average counts the zeros of the padding.
  public var countsPadding: Bool

  public init(
    _ kind: Kind, kernel: Size, stride: Size, padding: Size = 0, roundsUp: Bool = false, countsPadding: Bool = true
  ) {
    self.kind = kind
    self.kernel = kernel
    self.stride = stride
    self.padding = padding
    self.roundsUp = roundsUp
    self.countsPadding = countsPadding
  }
}

/// A change of height and width.
public struct Resize: Sendable, Hashable {
  public enum Mode: Sendable, Hashable {
    /// The pixel at `floor(i * input / output)`.
    case nearest
    /// Between the four nearest; with `alignCorners` the corner pixels' centres map to each other, else their outer edges.
    case bilinear(alignCorners: Bool)
  }

  public var size: Size
  public var mode: Mode

  public init(to size: Size, _ mode: Mode) {
    self.size = size
    self.mode = mode
  }
}
