// swift-format-ignore-file
// Written by generate-operators from operators.txt.
import CTorch

extension ATen {
  static func add(_ a: TorchTensor, _ b: TorchTensor, alpha: Double) throws(LibTorchError) -> TorchTensor {
    defer { withExtendedLifetime((a, b)) {} }
    return try TorchTensor(taking: torch_add(a.handle, b.handle, alpha), "add")
  }

  static func addScalar(_ a: TorchTensor, b: Double, alpha: Double) throws(LibTorchError) -> TorchTensor {
    defer { withExtendedLifetime((a)) {} }
    return try TorchTensor(taking: torch_addScalar(a.handle, b, alpha), "add")
  }

  static func sub(_ a: TorchTensor, _ b: TorchTensor, alpha: Double) throws(LibTorchError) -> TorchTensor {
    defer { withExtendedLifetime((a, b)) {} }
    return try TorchTensor(taking: torch_sub(a.handle, b.handle, alpha), "sub")
  }

  static func mul(_ a: TorchTensor, _ b: TorchTensor) throws(LibTorchError) -> TorchTensor {
    defer { withExtendedLifetime((a, b)) {} }
    return try TorchTensor(taking: torch_mul(a.handle, b.handle), "mul")
  }

  static func mulScalar(_ a: TorchTensor, b: Double) throws(LibTorchError) -> TorchTensor {
    defer { withExtendedLifetime((a)) {} }
    return try TorchTensor(taking: torch_mulScalar(a.handle, b), "mul")
  }

  static func div(_ a: TorchTensor, _ b: TorchTensor) throws(LibTorchError) -> TorchTensor {
    defer { withExtendedLifetime((a, b)) {} }
    return try TorchTensor(taking: torch_div(a.handle, b.handle), "div")
  }

  static func divScalar(_ a: TorchTensor, b: Double) throws(LibTorchError) -> TorchTensor {
    defer { withExtendedLifetime((a)) {} }
    return try TorchTensor(taking: torch_divScalar(a.handle, b), "div")
  }

  static func pow(_ a: TorchTensor, _ b: TorchTensor) throws(LibTorchError) -> TorchTensor {
    defer { withExtendedLifetime((a, b)) {} }
    return try TorchTensor(taking: torch_pow(a.handle, b.handle), "pow")
  }

  static func powScalar(_ a: TorchTensor, b: Double) throws(LibTorchError) -> TorchTensor {
    defer { withExtendedLifetime((a)) {} }
    return try TorchTensor(taking: torch_powScalar(a.handle, b), "pow")
  }

  static func maximum(_ a: TorchTensor, _ b: TorchTensor) throws(LibTorchError) -> TorchTensor {
    defer { withExtendedLifetime((a, b)) {} }
    return try TorchTensor(taking: torch_maximum(a.handle, b.handle), "maximum")
  }

  static func minimum(_ a: TorchTensor, _ b: TorchTensor) throws(LibTorchError) -> TorchTensor {
    defer { withExtendedLifetime((a, b)) {} }
    return try TorchTensor(taking: torch_minimum(a.handle, b.handle), "minimum")
  }

  static func `where`(_ condition: TorchTensor, _ a: TorchTensor, _ b: TorchTensor) throws(LibTorchError) -> TorchTensor {
    defer { withExtendedLifetime((condition, a, b)) {} }
    return try TorchTensor(taking: torch_where(condition.handle, a.handle, b.handle), "where")
  }

  static func gtScalar(_ a: TorchTensor, b: Double) throws(LibTorchError) -> TorchTensor {
    defer { withExtendedLifetime((a)) {} }
    return try TorchTensor(taking: torch_gtScalar(a.handle, b), "gt")
  }

  static func ltScalar(_ a: TorchTensor, b: Double) throws(LibTorchError) -> TorchTensor {
    defer { withExtendedLifetime((a)) {} }
    return try TorchTensor(taking: torch_ltScalar(a.handle, b), "lt")
  }

  static func eq(_ a: TorchTensor, _ b: TorchTensor) throws(LibTorchError) -> TorchTensor {
    defer { withExtendedLifetime((a, b)) {} }
    return try TorchTensor(taking: torch_eq(a.handle, b.handle), "eq")
  }

  static func neg(_ a: TorchTensor) throws(LibTorchError) -> TorchTensor {
    defer { withExtendedLifetime((a)) {} }
    return try TorchTensor(taking: torch_neg(a.handle), "neg")
  }

  static func abs(_ a: TorchTensor) throws(LibTorchError) -> TorchTensor {
    defer { withExtendedLifetime((a)) {} }
    return try TorchTensor(taking: torch_abs(a.handle), "abs")
  }

  static func sqrt(_ a: TorchTensor) throws(LibTorchError) -> TorchTensor {
    defer { withExtendedLifetime((a)) {} }
    return try TorchTensor(taking: torch_sqrt(a.handle), "sqrt")
  }

  static func exp(_ a: TorchTensor) throws(LibTorchError) -> TorchTensor {
    defer { withExtendedLifetime((a)) {} }
    return try TorchTensor(taking: torch_exp(a.handle), "exp")
  }

  static func log(_ a: TorchTensor) throws(LibTorchError) -> TorchTensor {
    defer { withExtendedLifetime((a)) {} }
    return try TorchTensor(taking: torch_log(a.handle), "log")
  }

  static func sin(_ a: TorchTensor) throws(LibTorchError) -> TorchTensor {
    defer { withExtendedLifetime((a)) {} }
    return try TorchTensor(taking: torch_sin(a.handle), "sin")
  }

  static func cos(_ a: TorchTensor) throws(LibTorchError) -> TorchTensor {
    defer { withExtendedLifetime((a)) {} }
    return try TorchTensor(taking: torch_cos(a.handle), "cos")
  }

  static func atan(_ a: TorchTensor) throws(LibTorchError) -> TorchTensor {
    defer { withExtendedLifetime((a)) {} }
    return try TorchTensor(taking: torch_atan(a.handle), "atan")
  }

  static func erf(_ a: TorchTensor) throws(LibTorchError) -> TorchTensor {
    defer { withExtendedLifetime((a)) {} }
    return try TorchTensor(taking: torch_erf(a.handle), "erf")
  }

  static func sigmoid(_ a: TorchTensor) throws(LibTorchError) -> TorchTensor {
    defer { withExtendedLifetime((a)) {} }
    return try TorchTensor(taking: torch_sigmoid(a.handle), "sigmoid")
  }

  static func tanh(_ a: TorchTensor) throws(LibTorchError) -> TorchTensor {
    defer { withExtendedLifetime((a)) {} }
    return try TorchTensor(taking: torch_tanh(a.handle), "tanh")
  }

  static func relu(_ a: TorchTensor) throws(LibTorchError) -> TorchTensor {
    defer { withExtendedLifetime((a)) {} }
    return try TorchTensor(taking: torch_relu(a.handle), "relu")
  }

  static func leaky_relu(_ a: TorchTensor, slope: Double) throws(LibTorchError) -> TorchTensor {
    defer { withExtendedLifetime((a)) {} }
    return try TorchTensor(taking: torch_leaky_relu(a.handle, slope), "leaky_relu")
  }

  static func silu(_ a: TorchTensor) throws(LibTorchError) -> TorchTensor {
    defer { withExtendedLifetime((a)) {} }
    return try TorchTensor(taking: torch_silu(a.handle), "silu")
  }

  static func gelu(_ a: TorchTensor, approximate: String) throws(LibTorchError) -> TorchTensor {
    defer { withExtendedLifetime((a)) {} }
    return try TorchTensor(taking: torch_gelu(a.handle, approximate), "gelu")
  }

  static func hardtanh(_ a: TorchTensor, least: Double, most: Double) throws(LibTorchError) -> TorchTensor {
    defer { withExtendedLifetime((a)) {} }
    return try TorchTensor(taking: torch_hardtanh(a.handle, least, most), "hardtanh")
  }

  static func hardswish(_ a: TorchTensor) throws(LibTorchError) -> TorchTensor {
    defer { withExtendedLifetime((a)) {} }
    return try TorchTensor(taking: torch_hardswish(a.handle), "hardswish")
  }

  static func hardsigmoid(_ a: TorchTensor) throws(LibTorchError) -> TorchTensor {
    defer { withExtendedLifetime((a)) {} }
    return try TorchTensor(taking: torch_hardsigmoid(a.handle), "hardsigmoid")
  }

  static func softplus(_ a: TorchTensor, beta: Double, threshold: Double) throws(LibTorchError) -> TorchTensor {
    defer { withExtendedLifetime((a)) {} }
    return try TorchTensor(taking: torch_softplus(a.handle, beta, threshold), "softplus")
  }

  static func clamp(_ a: TorchTensor, least: Double, most: Double) throws(LibTorchError) -> TorchTensor {
    defer { withExtendedLifetime((a)) {} }
    return try TorchTensor(taking: torch_clamp(a.handle, least, most), "clamp")
  }

  static func isfinite(_ a: TorchTensor) throws(LibTorchError) -> TorchTensor {
    defer { withExtendedLifetime((a)) {} }
    return try TorchTensor(taking: torch_isfinite(a.handle), "isfinite")
  }

  static func reluInPlace(_ a: TorchTensor) throws(LibTorchError) -> TorchTensor {
    defer { withExtendedLifetime((a)) {} }
    return try TorchTensor(taking: torch_reluInPlace(a.handle), "relu_")
  }

  static func addInPlace(_ a: TorchTensor, _ b: TorchTensor, alpha: Double) throws(LibTorchError) -> Void {
    defer { withExtendedLifetime((a, b)) {} }
    return try LibTorchError.check(torch_addInPlace(a.handle, b.handle, alpha), ".add_")
  }

  static func addScalarInPlace(_ a: TorchTensor, b: Double, alpha: Double) throws(LibTorchError) -> Void {
    defer { withExtendedLifetime((a)) {} }
    return try LibTorchError.check(torch_addScalarInPlace(a.handle, b, alpha), ".add_")
  }

  static func mulScalarInPlace(_ a: TorchTensor, b: Double) throws(LibTorchError) -> Void {
    defer { withExtendedLifetime((a)) {} }
    return try LibTorchError.check(torch_mulScalarInPlace(a.handle, b), ".mul_")
  }

  static func lerpScalarInPlace(_ a: TorchTensor, _ b: TorchTensor, weight: Double) throws(LibTorchError) -> Void {
    defer { withExtendedLifetime((a, b)) {} }
    return try LibTorchError.check(torch_lerpScalarInPlace(a.handle, b.handle, weight), ".lerp_")
  }

  static func copyInPlace(_ a: TorchTensor, _ b: TorchTensor, nonBlocking: Bool) throws(LibTorchError) -> Void {
    defer { withExtendedLifetime((a, b)) {} }
    return try LibTorchError.check(torch_copyInPlace(a.handle, b.handle, nonBlocking), ".copy_")
  }

  static func zeroInPlace(_ a: TorchTensor) throws(LibTorchError) -> Void {
    defer { withExtendedLifetime((a)) {} }
    return try LibTorchError.check(torch_zeroInPlace(a.handle), ".zero_")
  }

  static func fillInPlace(_ a: TorchTensor, value: Double) throws(LibTorchError) -> Void {
    defer { withExtendedLifetime((a)) {} }
    return try LibTorchError.check(torch_fillInPlace(a.handle, value), ".fill_")
  }

  static func bernoulliInPlace(_ a: TorchTensor, probability: Double) throws(LibTorchError) -> Void {
    defer { withExtendedLifetime((a)) {} }
    return try LibTorchError.check(torch_bernoulliInPlace(a.handle, probability), ".bernoulli_")
  }
}
