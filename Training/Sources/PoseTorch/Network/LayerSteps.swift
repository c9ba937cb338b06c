import CTorch
import PoseCore
import PoseGraph

/// Layers with weights, and dropout.
func layerStep(_ operation: Operation) throws(LibTorchError) -> Step {
  switch operation {
  case .convolution(let convolution):
    let (stride, padding, dilation) = (
      convolution.stride.extents, convolution.padding.extents, convolution.dilation.extents
    )
    let (isDepthwise, isPointwise) = (convolution.isDepthwise3x3, convolution.isPointwise)
    return { inputs, parameters, _ throws(LibTorchError) in
      var parameters = parameters
      if parameters[0].shape.count == 5 {
        parameters[0] = try ATen.reshape(parameters[0], shape: Convolution.weightShape(parameters[0].shape))
      }
      if isDepthwise, inputs[0].with(torch_can_depthwise), parameters[0].shape[0] == convolution.groups {
        defer { withExtendedLifetime((inputs, parameters)) {} }
        return try TorchTensor(
          taking: torch_depthwise3x3(
            inputs[0].handle, parameters[0].handle, convolution.hasBias ? parameters[1].handle : nil, stride[0]),
          "depthwise convolution")
      }
      if isPointwise, inputs[0].with(torch_can_pointwise), parameters[0].type == .float32 {
        defer { withExtendedLifetime((inputs, parameters)) {} }
        return try TorchTensor(
          taking: torch_pointwise(
            inputs[0].handle, parameters[0].handle, convolution.hasBias ? parameters[1].handle : nil),
          "1x1 convolution")
      }
      return try ATen.conv2d(
        inputs[0], parameters[0], convolution.hasBias ? parameters[1] : nil, stride: stride, padding: padding,
        dilation: dilation, groups: convolution.groups)
    }
  case .transposedConvolution(let convolution, let outputPadding):
    let (stride, padding, dilation) = (
      convolution.stride.extents, convolution.padding.extents, convolution.dilation.extents
    )
    return { inputs, parameters, _ throws(LibTorchError) in
      try ATen.conv_transpose2d(
        inputs[0], parameters[0], convolution.hasBias ? parameters[1] : nil, stride: stride, padding: padding,
        outputPadding: [outputPadding, outputPadding], groups: convolution.groups, dilation: dilation)
    }
  case .linear:
    return { inputs, parameters, _ throws(LibTorchError) in
      try ATen.linear(inputs[0], parameters[0], parameters.count > 1 ? parameters[1] : nil)
    }
  case .layerNorm(let epsilon):
    return { inputs, parameters, _ throws(LibTorchError) in
      try ATen.layer_norm(
        inputs[0], shape: parameters[0].shape, parameters[0], parameters[1], epsilon: epsilon.asWritten, cudnn: true)
    }
  case .dropout(let rate, .scalar):
    return { inputs, _, mode throws(LibTorchError) in
      try ATen.dropout(inputs[0], rate: Double(rate), training: mode.isTraining)
    }
  case .dropout(let rate, .channel): return dropout(rate: Double(rate), axes: 2)
  case .dropout(let rate, .sample): return dropout(rate: Double(rate), axes: 1)
  default:
    throw LibTorchError(operation: operation.name, reason: "this is no layer")
  }
}

/// Dropout of what shares its indices of the first axes: of samples, or of their channels.
private func dropout(rate: Double, axes: Int) -> Step {
  { inputs, _, mode throws(LibTorchError) in
    guard mode.isTraining, rate > 0 else { return inputs[0] }
    let shape = inputs[0].shape.enumerated().map { $0 < axes ? $1 : 1 }
    let mask = try TorchTensor.full(shape, 0, type: inputs[0].type ?? .float32, device: inputs[0].device)
    try ATen.bernoulliInPlace(mask, probability: 1 - rate)
    if rate < 1 { try ATen.mulScalarInPlace(mask, b: 1 / (1 - rate)) }
    return try ATen.mul(inputs[0], mask)
  }
}

extension Convolution {
  var isDepthwise3x3: Bool {
    groups > 1 && kernel == 3 && padding == 1 && dilation == 1 && (stride == 1 || stride == 2)
  }

  fileprivate var isPointwise: Bool { groups == 1 && kernel == 1 && stride == 1 && padding == 0 }
}

extension Size {
  var extents: [Int] { [height, width] }
}

extension Float {
  /// The double that is written the same: 1e-5 in the published code is the double 1e-5, not the float's value.
  var asWritten: Double { Double(description) ?? Double(self) }
}
