import Foundation
import PoseGraph

// The functions of numbers, in double precision.

func exponential(_ x: Double) -> Double { exp(x) }

func value(of function: Unary, _ x: Double) -> Double {
  switch function {
  case .relu: max(x, 0)
  case .relu6: min(max(x, 0), 6)
  case .sigmoid: 1 / (1 + exp(-x))
  case .hardSigmoid: min(max(x / 6 + 0.5, 0), 1)
  case .hardSwish: x * min(max(x + 3, 0), 6) / 6
  case .silu: x / (1 + exp(-x))
  case .gelu: x * (1 + erf(x / 2.0.squareRoot())) / 2
  case .tanh: tanh(x)
  case .exp: exp(x)
  case .log: log(x)
  case .sqrt: x.squareRoot()
  case .abs: x.magnitude
  case .negate: -x
  case .erf: erf(x)
  case .softplus: log1p(exp(x))
  case .sin: sin(x)
  case .cos: cos(x)
  // The slope is a float in every framework.
  case .leakyReLU: x < 0 ? Double(Float(0.01)) * x : x
  }
}

func value(of function: Binary, _ a: Double, _ b: Double) -> Double {
  switch function {
  case .add: a + b
  case .subtract: a - b
  case .multiply: a * b
  case .divide: a / b
  case .maximum: max(a, b)
  case .minimum: min(a, b)
  case .power: pow(a, b)
  }
}
