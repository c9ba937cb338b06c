// swift-format-ignore-file
// Written by generate-operators from operators.txt.
import CTorch

extension ATen {
  static func conv2d(_ x: TorchTensor, _ weight: TorchTensor, _ bias: TorchTensor?, stride: [Int], padding: [Int], dilation: [Int], groups: Int) throws(LibTorchError) -> TorchTensor {
    defer { withExtendedLifetime((x, weight, bias)) {} }
    return try TorchTensor(taking: torch_conv2d(x.handle, weight.handle, bias?.handle, stride, stride.count, padding, padding.count, dilation, dilation.count, groups), "conv2d")
  }

  static func conv_transpose2d(_ x: TorchTensor, _ weight: TorchTensor, _ bias: TorchTensor?, stride: [Int], padding: [Int], outputPadding: [Int], groups: Int, dilation: [Int]) throws(LibTorchError) -> TorchTensor {
    defer { withExtendedLifetime((x, weight, bias)) {} }
    return try TorchTensor(taking: torch_conv_transpose2d(x.handle, weight.handle, bias?.handle, stride, stride.count, padding, padding.count, outputPadding, outputPadding.count, groups, dilation, dilation.count), "conv_transpose2d")
  }

  static func linear(_ x: TorchTensor, _ weight: TorchTensor, _ bias: TorchTensor?) throws(LibTorchError) -> TorchTensor {
    defer { withExtendedLifetime((x, weight, bias)) {} }
    return try TorchTensor(taking: torch_linear(x.handle, weight.handle, bias?.handle), "linear")
  }

  static func batch_norm(_ x: TorchTensor, _ weight: TorchTensor?, _ bias: TorchTensor?, _ mean: TorchTensor?, _ variance: TorchTensor?, training: Bool, momentum: Double, epsilon: Double, cudnn: Bool) throws(LibTorchError) -> TorchTensor {
    defer { withExtendedLifetime((x, weight, bias, mean, variance)) {} }
    return try TorchTensor(taking: torch_batch_norm(x.handle, weight?.handle, bias?.handle, mean?.handle, variance?.handle, training, momentum, epsilon, cudnn), "batch_norm")
  }

  static func layer_norm(_ x: TorchTensor, shape: [Int], _ weight: TorchTensor?, _ bias: TorchTensor?, epsilon: Double, cudnn: Bool) throws(LibTorchError) -> TorchTensor {
    defer { withExtendedLifetime((x, weight, bias)) {} }
    return try TorchTensor(taking: torch_layer_norm(x.handle, shape, shape.count, weight?.handle, bias?.handle, epsilon, cudnn), "layer_norm")
  }

  static func adaptive_avg_pool2d(_ x: TorchTensor, size: [Int]) throws(LibTorchError) -> TorchTensor {
    defer { withExtendedLifetime((x)) {} }
    return try TorchTensor(taking: torch_adaptive_avg_pool2d(x.handle, size, size.count), "adaptive_avg_pool2d")
  }

  static func avg_pool2d(_ x: TorchTensor, kernel: [Int], stride: [Int], padding: [Int], roundsUp: Bool, countsPadding: Bool) throws(LibTorchError) -> TorchTensor {
    defer { withExtendedLifetime((x)) {} }
    return try TorchTensor(taking: torch_avg_pool2d(x.handle, kernel, kernel.count, stride, stride.count, padding, padding.count, roundsUp, countsPadding), "avg_pool2d")
  }

  static func max_pool2d(_ x: TorchTensor, kernel: [Int], stride: [Int], padding: [Int], dilation: [Int], roundsUp: Bool) throws(LibTorchError) -> TorchTensor {
    defer { withExtendedLifetime((x)) {} }
    return try TorchTensor(taking: torch_max_pool2d(x.handle, kernel, kernel.count, stride, stride.count, padding, padding.count, dilation, dilation.count, roundsUp), "max_pool2d")
  }

  static func upsample_nearest2d(_ x: TorchTensor, size: [Int]?, scales: [Double]?) throws(LibTorchError) -> TorchTensor {
    defer { withExtendedLifetime((x)) {} }
    return try TorchTensor(taking: torch_upsample_nearest2d(x.handle, size ?? [], size?.count ?? -1, scales ?? [], scales?.count ?? -1), "upsample_nearest2d")
  }

  static func upsample_bilinear2d(_ x: TorchTensor, size: [Int]?, alignCorners: Bool, scales: [Double]?) throws(LibTorchError) -> TorchTensor {
    defer { withExtendedLifetime((x)) {} }
    return try TorchTensor(taking: torch_upsample_bilinear2d(x.handle, size ?? [], size?.count ?? -1, alignCorners, scales ?? [], scales?.count ?? -1), "upsample_bilinear2d")
  }

  static func grid_sampler(_ x: TorchTensor, _ grid: TorchTensor, mode: Int, padding: Int, alignCorners: Bool) throws(LibTorchError) -> TorchTensor {
    defer { withExtendedLifetime((x, grid)) {} }
    return try TorchTensor(taking: torch_grid_sampler(x.handle, grid.handle, mode, padding, alignCorners), "grid_sampler")
  }

  static func dropout(_ x: TorchTensor, rate: Double, training: Bool) throws(LibTorchError) -> TorchTensor {
    defer { withExtendedLifetime((x)) {} }
    return try TorchTensor(taking: torch_dropout(x.handle, rate, training), "dropout")
  }
}
