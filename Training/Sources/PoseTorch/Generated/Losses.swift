// swift-format-ignore-file
// Written by generate-operators from operators.txt.
import CTorch

extension ATen {
  static func mse_loss(_ a: TorchTensor, _ b: TorchTensor, reduction: Int) throws(LibTorchError) -> TorchTensor {
    defer { withExtendedLifetime((a, b)) {} }
    return try TorchTensor(taking: torch_mse_loss(a.handle, b.handle, reduction), "mse_loss")
  }

  static func smooth_l1_loss(_ a: TorchTensor, _ b: TorchTensor, reduction: Int, beta: Double) throws(LibTorchError) -> TorchTensor {
    defer { withExtendedLifetime((a, b)) {} }
    return try TorchTensor(taking: torch_smooth_l1_loss(a.handle, b.handle, reduction, beta), "smooth_l1_loss")
  }

  static func l1_loss(_ a: TorchTensor, _ b: TorchTensor, reduction: Int) throws(LibTorchError) -> TorchTensor {
    defer { withExtendedLifetime((a, b)) {} }
    return try TorchTensor(taking: torch_l1_loss(a.handle, b.handle, reduction), "l1_loss")
  }

  static func kl_div(_ a: TorchTensor, _ b: TorchTensor, reduction: Int, logTarget: Bool) throws(LibTorchError) -> TorchTensor {
    defer { withExtendedLifetime((a, b)) {} }
    return try TorchTensor(taking: torch_kl_div(a.handle, b.handle, reduction, logTarget), "kl_div")
  }

  static func binary_cross_entropy_with_logits(_ a: TorchTensor, _ b: TorchTensor, _ weight: TorchTensor?, _ positiveWeight: TorchTensor?, reduction: Int) throws(LibTorchError) -> TorchTensor {
    defer { withExtendedLifetime((a, b, weight, positiveWeight)) {} }
    return try TorchTensor(taking: torch_binary_cross_entropy_with_logits(a.handle, b.handle, weight?.handle, positiveWeight?.handle, reduction), "binary_cross_entropy_with_logits")
  }
}
