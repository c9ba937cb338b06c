import PoseCore

// Layers with parameters, or that are modules of their own in the published code. They live at a scope, which names them.

extension Scope {
  /// A 2-D convolution; `padding` keeps the size at stride 1 unless given.
  ///
  /// - Parameter sets: where the published weights are several of that shape, in an axis before the others, how many; the
  ///   result then has so many times the channels. They have no bias.
  public func conv(
    _ x: Value, to channels: Int, sets: Int? = nil, kernel: Size = 1, stride: Size = 1, padding: Size? = nil,
    dilation: Size = 1, groups: Int = 1, bias: Bool = false, initializer: Initializer? = nil,
    biasInitializer: Initializer? = nil
  ) -> Value {
    let padding =
      padding
      ?? Size(height: dilation.height * (kernel.height / 2), width: dilation.width * (kernel.width / 2))
    let inputs = groups > 0 ? x.channels / groups : 0
    let fanIn = inputs * kernel.height * kernel.width
    var ids = [
      builder.parameter(
        path, "weight", shape: (sets.map { [$0] } ?? []) + [channels, inputs, kernel.height, kernel.width],
        initializer ?? .pyTorchDefault(fanIn: fanIn))
    ]
    let bias = bias && sets == nil
    if bias {
      let start = biasInitializer ?? self.biasInitializer(initializer, fanIn: fanIn)
      ids.append(builder.parameter(path, "bias", shape: [channels], start))
    }
    let geometry = Convolution(
      kernel: kernel, stride: stride, padding: padding, dilation: dilation, groups: groups, hasBias: bias)
    return builder.append(.convolution(geometry), [x], parameters: ids, path: path, isModule: true)
  }

  /// A 2-D transposed convolution ("deconvolution").
  public func transposedConv(
    _ x: Value, to channels: Int, kernel: Size, stride: Size, padding: Size, outputPadding: Int = 0, groups: Int = 1,
    bias: Bool = false, initializer: Initializer? = nil
  ) -> Value {
    let outputs = groups > 0 ? channels / groups : 0
    let fanIn = outputs * kernel.height * kernel.width
    var ids = [
      builder.parameter(
        path, "weight", shape: [x.channels, outputs, kernel.height, kernel.width],
        initializer ?? .pyTorchDefault(fanIn: fanIn))
    ]
    if bias {
      ids.append(builder.parameter(path, "bias", shape: [channels], biasInitializer(initializer, fanIn: fanIn)))
    }
    let geometry = Convolution(kernel: kernel, stride: stride, padding: padding, groups: groups, hasBias: bias)
    return builder.append(
      .transposedConvolution(geometry, outputPadding: outputPadding), [x], parameters: ids, path: path, isModule: true)
  }

  /// A dense layer on the last axis.
  ///
  /// - Parameter biasInitializer: nil for what goes with the weights'.
  public func linear(
    _ x: Value, to features: Int, bias: Bool = true, initializer: Initializer? = nil,
    biasInitializer: Initializer? = nil
  ) -> Value {
    let inputs = x.shape.last ?? 0
    var ids = [
      builder.parameter(path, "weight", shape: [features, inputs], initializer ?? .pyTorchDefault(fanIn: inputs))
    ]
    if bias {
      let start = biasInitializer ?? self.biasInitializer(initializer, fanIn: inputs)
      ids.append(builder.parameter(path, "bias", shape: [features], start))
    }
    return builder.append(.linear, [x], parameters: ids, path: path, isModule: true)
  }

  /// Batch normalisation of the channels (axis 1), with running statistics.
  ///
  /// - Parameter updates: how often a training step updates the statistics: twice where the published code runs the
  ///   layer twice on the same input, which a graph does once.
  public func batchNorm(_ x: Value, epsilon: Float = 1e-5, momentum: Float = 0.1, updates: Int = 1) -> Value {
    let shape = [x.channels]
    let ids = [
      builder.parameter(path, "weight", shape: shape, .constant(1)),
      builder.parameter(path, "bias", shape: shape, .constant(0)),
      builder.parameter(path, "running_mean", shape: shape, .constant(0), role: .buffer()),
      builder.parameter(path, "running_var", shape: shape, .constant(1), role: .buffer()),
      builder.parameter(path, "num_batches_tracked", shape: [], .constant(0), role: .buffer(isInteger: true)),
    ]
    return builder.append(
      .batchNorm(epsilon: epsilon, momentum: momentum, updates: updates), [x], parameters: ids, path: path,
      isModule: true)
  }

  /// Layer normalisation of the last axis.
  public func layerNorm(_ x: Value, epsilon: Float = 1e-5) -> Value {
    let shape = [x.shape.last ?? 0]
    let ids = [
      builder.parameter(path, "weight", shape: shape, .constant(1)),
      builder.parameter(path, "bias", shape: shape, .constant(0)),
    ]
    return builder.append(.layerNorm(epsilon: epsilon), [x], parameters: ids, path: path, isModule: true)
  }

  /// A parameter as a value: a position embedding, a token, a scale.
  public func parameter(
    _ name: String, shape: [Int], _ initializer: Initializer, role: Parameter.Role = .trainable
  ) -> Value {
    let id = builder.parameter(path, name, shape: shape, initializer, role: role)
    return builder.append(.parameter, parameters: [id], path: path)
  }

  /// A fixed table: positions, frequencies.
  public func constant(_ scalars: [Float], shape: [Int]) -> Value {
    builder.append(.constant(shape: shape, scalars), path: path)
  }

  /// An activation that is a module of its own.
  public func activation(_ unary: Unary, _ x: Value) -> Value {
    builder.append(.unary(unary), [x], path: path, isModule: true)
  }

  public func relu(_ x: Value) -> Value { activation(.relu, x) }

  /// An upsampling module.
  public func upsample(_ x: Value, to size: Size, _ mode: Resize.Mode = .nearest) -> Value {
    builder.append(.resize(Resize(to: size, mode)), [x], path: path, isModule: true)
  }

  /// A pooling module.
  public func pool(_ x: Value, _ pooling: Pooling) -> Value {
    builder.append(.pool(pooling), [x], path: path, isModule: true)
  }

  /// An adaptive average pooling module.
  public func adaptiveAveragePool(_ x: Value, to size: Size = 1) -> Value {
    builder.append(.adaptiveAveragePool(height: size.height, width: size.width), [x], path: path, isModule: true)
  }

  /// Dropout of single activations, of whole channels or of whole samples; the identity outside training.
  public func dropout(_ x: Value, rate: Float, of unit: DropoutUnit = .scalar) -> Value {
    builder.append(.dropout(rate: rate, unit), [x], path: path, isModule: true)
  }

  /// Biases start at zero where the weights have a published rule, else as PyTorch starts them.
  private func biasInitializer(_ weight: Initializer?, fanIn: Int) -> Initializer {
    weight == nil ? .pyTorchDefault(fanIn: fanIn) : .constant(0)
  }
}
