import CTorch
import PoseGraph

/// Operators on the height and width of images.
func samplingStep(_ operation: Operation) -> Step {
  switch operation {
  case .pool(let pooling):
    let (kernel, stride, padding) = (pooling.kernel.extents, pooling.stride.extents, pooling.padding.extents)
    return { inputs, _, _ throws(LibTorchError) in
      switch pooling.kind {
      case .max:
        try ATen.max_pool2d(
          inputs[0], kernel: kernel, stride: stride, padding: padding, dilation: [1, 1], roundsUp: pooling.roundsUp)
      case .average:
        try ATen.avg_pool2d(
          inputs[0], kernel: kernel, stride: stride, padding: padding, roundsUp: pooling.roundsUp,
          countsPadding: pooling.countsPadding)
      }
    }
  case .adaptiveAveragePool(let height, let width):
    return { inputs, _, _ throws(LibTorchError) in
      let x = inputs[0]
      defer { withExtendedLifetime(x) {} }
      if torch_can_block_means(x.handle, height, width) {
        return try TorchTensor(taking: torch_block_means(x.handle, height, width), "block means")
      }
      return try ATen.adaptive_avg_pool2d(x, size: [height, width])
    }
  case .resize(let resize):
    let size = resize.size.extents
    return { inputs, _, _ throws(LibTorchError) in
      switch resize.mode {
      case .nearest: try ATen.upsample_nearest2d(inputs[0], size: size, scales: nil)
      case .bilinear(let alignCorners):
        try ATen.upsample_bilinear2d(inputs[0], size: size, alignCorners: alignCorners, scales: nil)
      }
    }
  case .gridSample(let alignCorners):
    // Bilinear, zeros outside.
    return { inputs, _, _ throws(LibTorchError) in
      try ATen.grid_sampler(inputs[0], inputs[1], mode: 0, padding: 0, alignCorners: alignCorners)
    }
  default:
    return { inputs, _, _ throws(LibTorchError) in inputs[0] }
  }
}
