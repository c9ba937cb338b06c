import PoseGraph

/// A node of a graph, ready to run: computes its output from its inputs and its parameters' tensors.
typealias Step = ([TorchTensor], [TorchTensor], RunMode) throws(LibTorchError) -> TorchTensor

/// The same where a node, or several run as one, have several outputs.
typealias SeveralStep = ([TorchTensor], [TorchTensor], RunMode) throws(LibTorchError) -> [TorchTensor]

/// What a run does besides computing.
struct RunMode {
  /// Batch norms use and update their statistics, and dropout drops.
  var isTraining: Bool
  /// Off where a part of the network runs again for its gradients: its statistics have moved already.
  var updatesStatistics = true
  /// The processes whose batches batch norms take their statistics from; nil for this one's alone.
  var normGroup: ProcessGroup?
}

extension Graph {
  /// The step of a node. What does not depend on the run is worked out here, once.
  func step(of node: Node, type: TorchType, device: Device) throws(LibTorchError) -> Step {
    let shapes = node.inputs.map(shape(of:))
    switch node.operation {
    case .input, .parameter:
      return { _, parameters, _ throws(LibTorchError) in parameters[0] }
    case .constant(let shape, let scalars):
      let table = try TorchTensor(scalars, shape, device: device).to(type)
      return { _, _, _ throws(LibTorchError) in table }
    case .convolution, .transposedConvolution, .linear, .batchNorm, .layerNorm, .dropout:
      return try layerStep(node.operation)
    case .pool, .adaptiveAveragePool, .resize, .gridSample:
      return samplingStep(node.operation)
    case .detach:
      return { inputs, _, _ throws(LibTorchError) in try ATen.detach(inputs[0]) }
    case .unary(let function):
      return { inputs, _, _ throws(LibTorchError) in try function.apply(to: inputs[0]) }
    case .binary(let function):
      return { inputs, _, _ throws(LibTorchError) in try function.apply(to: inputs[0], inputs[1]) }
    case .scalar(let function, let number):
      return function.step(by: Double(number), type: type, device: device)
    case .matmul:
      return { inputs, _, _ throws(LibTorchError) in try ATen.matmul(inputs[0], inputs[1]) }
    case .softmax(let axis):
      return { inputs, _, _ throws(LibTorchError) in try ATen.softmax(inputs[0], axis: axis, type: nil) }
    case .reduce(let reduction, let axes, let keepsAxes):
      return { inputs, _, _ throws(LibTorchError) in
        switch reduction {
        case .sum: try ATen.sumAxes(inputs[0], axes: axes, keepsAxes: keepsAxes, type: nil)
        case .mean: try ATen.meanAxes(inputs[0], axes: axes, keepsAxes: keepsAxes, type: nil)
        case .max: try ATen.amax(inputs[0], axes: axes, keepsAxes: keepsAxes)
        case .min: try ATen.amin(inputs[0], axes: axes, keepsAxes: keepsAxes)
        }
      }
    case .concat(let axis):
      // What parameters alone make, such as tokens, is the same for every image.
      let isAlike = node.inputs.map { values[$0].isBatched == values[node.output].isBatched }
      return { inputs, _, _ throws(LibTorchError) in
        guard isAlike.contains(false), let first = zip(inputs, isAlike).first(where: \.1)?.0 else {
          return try ATen.cat(inputs, axis: axis)
        }
        var parts: [TorchTensor] = []
        for (input, isAlike) in zip(inputs, isAlike) {
          let shape = [first.shape[0]] + input.shape.dropFirst()
          parts.append(isAlike ? input : try ATen.expand(input, shape: shape, implicit: false))
        }
        return try ATen.cat(parts, axis: axis)
      }
    case .slice(let axis, let start, let end, let step):
      return { inputs, _, _ throws(LibTorchError) in
        try ATen.slice(inputs[0], axis: axis, start: start, end: end, step: step)
      }
    case .reshape(let shape):
      // Axis 0 is the batch, except in what parameters alone make.
      let target = values[node.output].isBatched ? [-1] + shape.dropFirst() : shape
      return { inputs, _, _ throws(LibTorchError) in try ATen.reshape(inputs[0], shape: target) }
    case .transpose(let order):
      return { inputs, _, _ throws(LibTorchError) in try ATen.permute(inputs[0], order: order) }
    case .pad(let before, let after, let value):
      // ATen wants pairs, the last axis first.
      let amounts = zip(before, after).reversed().flatMap { [$0, $1] }
      return { inputs, _, _ throws(LibTorchError) in
        try ATen.constant_pad_nd(inputs[0], amounts: amounts, value: Double(value))
      }
    case .gather(let axis, let indices):
      guard shapes.first?.indices.contains(axis) == true else {
        throw LibTorchError(layer: node.path, operation: "gather", reason: "there is no axis \(axis)")
      }
      let table = try TorchTensor(indices: indices, device: device)
      return { inputs, _, _ throws(LibTorchError) in try ATen.index_select(inputs[0], axis: axis, table) }
    }
  }
}

extension TorchTensor {
  /// A row of 64-bit indices.
  convenience init(indices: [Int], device: Device) throws(LibTorchError) {
    let bytes = indices.map(Int64.init).withUnsafeBytes(Array.init)
    let tensor: Tensor
    do throws(TensorError) {
      tensor = try Tensor(shape: [indices.count], type: .int64, bytes: bytes)
    } catch {
      throw LibTorchError(operation: "indices", reason: error.description)
    }
    try self.init(tensor, device: device)
  }
}
