// swift-format-ignore-file
// Written by generate-operators from operators.txt.
import CTorch

extension ATen {
  static func fusedAdam(_ weights: [TorchTensor], _ gradients: [TorchTensor], _ means: [TorchTensor], _ squares: [TorchTensor], _ greatestSquares: [TorchTensor], _ steps: [TorchTensor], rate: Double, beta1: Double, beta2: Double, decay: Double, epsilon: Double, amsgrad: Bool, maximize: Bool, _ scale: TorchTensor?, _ foundInfinity: TorchTensor?) throws(LibTorchError) -> Void {
    defer { withExtendedLifetime((scale, foundInfinity)) {} }
    return try withHandles(weights) { weights_ throws(LibTorchError) in try withHandles(gradients) { gradients_ throws(LibTorchError) in try withHandles(means) { means_ throws(LibTorchError) in try withHandles(squares) { squares_ throws(LibTorchError) in try withHandles(greatestSquares) { greatestSquares_ throws(LibTorchError) in try withHandles(steps) { steps_ throws(LibTorchError) in try LibTorchError.check(torch_fusedAdam(weights_, weights.count, gradients_, gradients.count, means_, means.count, squares_, squares.count, greatestSquares_, greatestSquares.count, steps_, steps.count, rate, beta1, beta2, decay, epsilon, amsgrad, maximize, scale?.handle, foundInfinity?.handle), "_fused_adam_") } } } } } }
  }

  static func fusedAdamW(_ weights: [TorchTensor], _ gradients: [TorchTensor], _ means: [TorchTensor], _ squares: [TorchTensor], _ greatestSquares: [TorchTensor], _ steps: [TorchTensor], rate: Double, beta1: Double, beta2: Double, decay: Double, epsilon: Double, amsgrad: Bool, maximize: Bool, _ scale: TorchTensor?, _ foundInfinity: TorchTensor?) throws(LibTorchError) -> Void {
    defer { withExtendedLifetime((scale, foundInfinity)) {} }
    return try withHandles(weights) { weights_ throws(LibTorchError) in try withHandles(gradients) { gradients_ throws(LibTorchError) in try withHandles(means) { means_ throws(LibTorchError) in try withHandles(squares) { squares_ throws(LibTorchError) in try withHandles(greatestSquares) { greatestSquares_ throws(LibTorchError) in try withHandles(steps) { steps_ throws(LibTorchError) in try LibTorchError.check(torch_fusedAdamW(weights_, weights.count, gradients_, gradients.count, means_, means.count, squares_, squares.count, greatestSquares_, greatestSquares.count, steps_, steps.count, rate, beta1, beta2, decay, epsilon, amsgrad, maximize, scale?.handle, foundInfinity?.handle), "_fused_adamw_") } } } } } }
  }

  static func fusedSGD(_ weights: [TorchTensor], _ gradients: [TorchTensor], _ momenta: [TorchTensor], decay: Double, momentum: Double, rate: Double, dampening: Double, nesterov: Bool, maximize: Bool, isFirstStep: Bool, _ scale: TorchTensor?, _ foundInfinity: TorchTensor?) throws(LibTorchError) -> Void {
    defer { withExtendedLifetime((scale, foundInfinity)) {} }
    return try withHandles(weights) { weights_ throws(LibTorchError) in try withHandles(gradients) { gradients_ throws(LibTorchError) in try withHandles(momenta) { momenta_ throws(LibTorchError) in try LibTorchError.check(torch_fusedSGD(weights_, weights.count, gradients_, gradients.count, momenta_, momenta.count, decay, momentum, rate, dampening, nesterov, maximize, isFirstStep, scale?.handle, foundInfinity?.handle), "_fused_sgd_") } } }
  }

  static func addToEach(_ a: [TorchTensor], b: Double) throws(LibTorchError) -> Void {
    try withHandles(a) { a_ throws(LibTorchError) in try LibTorchError.check(torch_addToEach(a_, a.count, b), "_foreach_add_") }
  }

  static func scaleEach(_ a: [TorchTensor], b: Double) throws(LibTorchError) -> Void {
    try withHandles(a) { a_ throws(LibTorchError) in try LibTorchError.check(torch_scaleEach(a_, a.count, b), "_foreach_mul_") }
  }

  static func scaleEachByTensor(_ a: [TorchTensor], _ b: TorchTensor) throws(LibTorchError) -> Void {
    defer { withExtendedLifetime((b)) {} }
    return try withHandles(a) { a_ throws(LibTorchError) in try LibTorchError.check(torch_scaleEachByTensor(a_, a.count, b.handle), "_foreach_mul_") }
  }

  static func lerpEach(_ a: [TorchTensor], _ b: [TorchTensor], weight: Double) throws(LibTorchError) -> Void {
    try withHandles(a) { a_ throws(LibTorchError) in try withHandles(b) { b_ throws(LibTorchError) in try LibTorchError.check(torch_lerpEach(a_, a.count, b_, b.count, weight), "_foreach_lerp_") } }
  }

  static func copyEach(_ a: [TorchTensor], _ b: [TorchTensor], nonBlocking: Bool) throws(LibTorchError) -> Void {
    try withHandles(a) { a_ throws(LibTorchError) in try withHandles(b) { b_ throws(LibTorchError) in try LibTorchError.check(torch_copyEach(a_, a.count, b_, b.count, nonBlocking), "_foreach_copy_") } }
  }

  static func clampEach(_ a: [TorchTensor], least: Double) throws(LibTorchError) -> Void {
    try withHandles(a) { a_ throws(LibTorchError) in try LibTorchError.check(torch_clampEach(a_, a.count, least), "_foreach_clamp_min_") }
  }

  static func clampEachAbove(_ a: [TorchTensor], most: Double) throws(LibTorchError) -> Void {
    try withHandles(a) { a_ throws(LibTorchError) in try LibTorchError.check(torch_clampEachAbove(a_, a.count, most), "_foreach_clamp_max_") }
  }

  static func zeroEach(_ a: [TorchTensor]) throws(LibTorchError) -> Void {
    try withHandles(a) { a_ throws(LibTorchError) in try LibTorchError.check(torch_zeroEach(a_, a.count), "_foreach_zero_") }
  }

  static func normOfEach(_ a: [TorchTensor], order: Double) throws(LibTorchError) -> [TorchTensor] {
    try withHandles(a) { a_ throws(LibTorchError) in try TorchTensor.list("_foreach_norm") { results, count in torch_normOfEach(a_, a.count, order, results, count) } }
  }

  static func unscaleEach(_ a: [TorchTensor], _ foundInfinity: TorchTensor, _ inverseScale: TorchTensor) throws(LibTorchError) -> Void {
    defer { withExtendedLifetime((foundInfinity, inverseScale)) {} }
    return try withHandles(a) { a_ throws(LibTorchError) in try LibTorchError.check(torch_unscaleEach(a_, a.count, foundInfinity.handle, inverseScale.handle), "_amp_foreach_non_finite_check_and_unscale_") }
  }
}
