// swift-format-ignore-file
// Written by generate-operators from operators.txt.
import CTorch

extension ATen {
  static func sum(_ a: TorchTensor, type: TorchType?) throws(LibTorchError) -> TorchTensor {
    defer { withExtendedLifetime((a)) {} }
    return try TorchTensor(taking: torch_sum(a.handle, type?.rawValue ?? -1), "sum")
  }

  static func sumAxes(_ a: TorchTensor, axes: [Int]?, keepsAxes: Bool, type: TorchType?) throws(LibTorchError) -> TorchTensor {
    defer { withExtendedLifetime((a)) {} }
    return try TorchTensor(taking: torch_sumAxes(a.handle, axes ?? [], axes?.count ?? -1, keepsAxes, type?.rawValue ?? -1), "sum")
  }

  static func mean(_ a: TorchTensor, type: TorchType?) throws(LibTorchError) -> TorchTensor {
    defer { withExtendedLifetime((a)) {} }
    return try TorchTensor(taking: torch_mean(a.handle, type?.rawValue ?? -1), "mean")
  }

  static func meanAxes(_ a: TorchTensor, axes: [Int]?, keepsAxes: Bool, type: TorchType?) throws(LibTorchError) -> TorchTensor {
    defer { withExtendedLifetime((a)) {} }
    return try TorchTensor(taking: torch_meanAxes(a.handle, axes ?? [], axes?.count ?? -1, keepsAxes, type?.rawValue ?? -1), "mean")
  }

  static func amax(_ a: TorchTensor, axes: [Int], keepsAxes: Bool) throws(LibTorchError) -> TorchTensor {
    defer { withExtendedLifetime((a)) {} }
    return try TorchTensor(taking: torch_amax(a.handle, axes, axes.count, keepsAxes), "amax")
  }

  static func amin(_ a: TorchTensor, axes: [Int], keepsAxes: Bool) throws(LibTorchError) -> TorchTensor {
    defer { withExtendedLifetime((a)) {} }
    return try TorchTensor(taking: torch_amin(a.handle, axes, axes.count, keepsAxes), "amin")
  }

  static func topk(_ a: TorchTensor, count: Int, axis: Int, largest: Bool, sorted: Bool) throws(LibTorchError) -> (TorchTensor, TorchTensor) {
    defer { withExtendedLifetime((a)) {} }
    return try TorchTensor.pair("topk") { second in torch_topk(a.handle, count, axis, largest, sorted, second) }
  }

  static func softmax(_ a: TorchTensor, axis: Int, type: TorchType?) throws(LibTorchError) -> TorchTensor {
    defer { withExtendedLifetime((a)) {} }
    return try TorchTensor(taking: torch_softmax(a.handle, axis, type?.rawValue ?? -1), "softmax")
  }

  static func log_softmax(_ a: TorchTensor, axis: Int, type: TorchType?) throws(LibTorchError) -> TorchTensor {
    defer { withExtendedLifetime((a)) {} }
    return try TorchTensor(taking: torch_log_softmax(a.handle, axis, type?.rawValue ?? -1), "log_softmax")
  }

  static func logsumexp(_ a: TorchTensor, axes: [Int], keepsAxes: Bool) throws(LibTorchError) -> TorchTensor {
    defer { withExtendedLifetime((a)) {} }
    return try TorchTensor(taking: torch_logsumexp(a.handle, axes, axes.count, keepsAxes), "logsumexp")
  }

  static func argmax(_ a: TorchTensor, axis: Int?, keepsAxis: Bool) throws(LibTorchError) -> TorchTensor {
    defer { withExtendedLifetime((a)) {} }
    return try withOptional(axis) { axis_ throws(LibTorchError) in try TorchTensor(taking: torch_argmax(a.handle, axis_, keepsAxis), "argmax") }
  }

  static func all(_ a: TorchTensor) throws(LibTorchError) -> TorchTensor {
    defer { withExtendedLifetime((a)) {} }
    return try TorchTensor(taking: torch_all(a.handle), "all")
  }

  static func equal(_ a: TorchTensor, _ b: TorchTensor) throws(LibTorchError) -> Bool {
    defer { withExtendedLifetime((a, b)) {} }
    return try LibTorchError.flag("equal") { flag in torch_equal(a.handle, b.handle, flag) }
  }
}
