import PoseCore

extension Operation {
  /// The shape that the operator makes of its inputs' and parameters' shapes.
  ///
  /// - Throws: a sentence that says what does not fit.
  func outputShape(inputs: [[Int]], parameters: [[Int]]) throws(ShapeMismatch) -> [Int] {
    let shape = inputs.first ?? []
    switch self {
    case .input:
      return shape
    case .parameter:
      return parameters.first ?? []
    case .constant(let shape, let scalars):
      guard Tensor.count(of: shape) == scalars.count else {
        throw ShapeMismatch("\(scalars.count) numbers do not fill a constant of \(shape)")
      }
      return shape
    case .convolution(let convolution):
      return try convolution.outputShape(of: shape, weight: parameters.first ?? [])
    case .transposedConvolution(let convolution, let outputPadding):
      return try convolution.transposedOutputShape(
        of: shape, weight: parameters.first ?? [], outputPadding: outputPadding)
    case .linear:
      guard let weight = parameters.first, weight.count == 2, let last = shape.last, last == weight[1] else {
        throw ShapeMismatch("a linear layer of weight \(parameters.first ?? []) cannot take the last axis of \(shape)")
      }
      return shape.dropLast() + [weight[0]]
    case .batchNorm:
      guard shape.count >= 2, parameters.first == [shape[1]] else {
        throw ShapeMismatch("a batch norm of \(parameters.first ?? []) channels cannot take \(shape)")
      }
      return shape
    case .layerNorm:
      guard let last = shape.last, parameters.first == [last] else {
        throw ShapeMismatch("a layer norm of \(parameters.first ?? []) cannot take the last axis of \(shape)")
      }
      return shape
    case .unary, .scalar, .dropout, .detach:
      return shape
    case .binary:
      guard inputs.count == 2, let result = broadcast(inputs[0], inputs[1]) else {
        throw ShapeMismatch("\(inputs) do not broadcast to one shape")
      }
      return result
    case .matmul:
      return try matmulShape(inputs)
    case .softmax(let axis):
      guard shape.indices.contains(axis) else { throw ShapeMismatch("\(shape) has no axis \(axis)") }
      return shape
    case .pool(let pooling):
      return try pooling.outputShape(of: shape)
    case .adaptiveAveragePool(let height, let width):
      return try spatial(shape, to: Size(height: height, width: width))
    case .resize(let resize):
      return try spatial(shape, to: resize.size)
    case .reduce(_, let axes, let keepsAxes):
      guard axes.allSatisfy({ shape.indices.contains($0) && shape[$0] > 0 }), Set(axes).count == axes.count else {
        throw ShapeMismatch("\(shape) cannot be reduced over axes \(axes)")
      }
      return shape.indices.compactMap { axes.contains($0) ? (keepsAxes ? 1 : nil) : shape[$0] }
    case .concat(let axis):
      return try concatShape(inputs, axis: axis)
    case .slice(let axis, let start, let end, let step):
      guard shape.indices.contains(axis), step > 0, start >= 0, start < end, end <= shape[axis] else {
        throw ShapeMismatch("\(shape) has no part \(start)..<\(end) by \(step) on axis \(axis)")
      }
      return replacing(shape, axis: axis, with: (end - start + step - 1) / step)
    case .reshape(let target):
      guard let count = Tensor.count(of: target), count == Tensor.count(of: shape) else {
        throw ShapeMismatch("\(shape) cannot be reshaped to \(target): the counts differ")
      }
      return target
    case .transpose(let order):
      guard order.sorted() == Array(shape.indices) else {
        throw ShapeMismatch("\(order) is no order of the axes of \(shape)")
      }
      return order.map { shape[$0] }
    case .pad(let before, let after, _):
      guard before.count == shape.count, after.count == shape.count, (before + after).allSatisfy({ $0 >= 0 }) else {
        throw ShapeMismatch("paddings \(before) and \(after) do not fit \(shape)")
      }
      return shape.indices.map { before[$0] + shape[$0] + after[$0] }
    case .gather(let axis, let indices):
      guard shape.indices.contains(axis), indices.allSatisfy({ $0 >= 0 && $0 < shape[axis] }) else {
        throw ShapeMismatch("\(shape) cannot be gathered on axis \(axis) by the given indices")
      }
      return replacing(shape, axis: axis, with: indices.count)
    case .gridSample:
      guard inputs.count == 2, shape.count == 4, inputs[1].count == 4, inputs[1][3] == 2, inputs[1][0] == shape[0]
      else {
        throw ShapeMismatch("\(inputs) are no image N x C x H x W and positions N x h x w x 2")
      }
      return [shape[0], shape[1], inputs[1][1], inputs[1][2]]
    }
  }
}

/// What does not fit; the builder adds the path.
struct ShapeMismatch: Error {
  let reason: String

  init(_ reason: String) { self.reason = reason }
}

extension Convolution {
  fileprivate func outputShape(of shape: [Int], weight: [Int]) throws(ShapeMismatch) -> [Int] {
    try checkGeometry()
    let weight = Self.weightShape(weight)
    guard shape.count == 4, weight.count == 4, shape[1] % groups == 0, weight[0] % groups == 0,
      weight[1] == shape[1] / groups, weight[2] == kernel.height, weight[3] == kernel.width
    else {
      throw ShapeMismatch("a convolution of weight \(weight) in \(groups) groups cannot take \(shape)")
    }
    let height = window(shape[2], kernel.height, stride.height, padding.height, dilation.height)
    let width = window(shape[3], kernel.width, stride.width, padding.width, dilation.width)
    guard height > 0, width > 0 else { throw ShapeMismatch("a kernel of \(kernel) does not fit in \(shape)") }
    return [shape[0], weight[0], height, width]
  }

  fileprivate func transposedOutputShape(
    of shape: [Int], weight: [Int], outputPadding: Int
  ) throws(ShapeMismatch) -> [Int] {
    try checkGeometry()
    guard shape.count == 4, weight.count == 4, weight[0] == shape[1], shape[1] % groups == 0, outputPadding >= 0,
      weight[2] == kernel.height, weight[3] == kernel.width
    else {
      throw ShapeMismatch("a transposed convolution of weight \(weight) in \(groups) groups cannot take \(shape)")
    }
    let height =
      (shape[2] - 1) * stride.height - 2 * padding.height + dilation.height * (kernel.height - 1) + outputPadding + 1
    let width =
      (shape[3] - 1) * stride.width - 2 * padding.width + dilation.width * (kernel.width - 1) + outputPadding + 1
    guard height > 0, width > 0 else { throw ShapeMismatch("the padding \(padding) leaves nothing of \(shape)") }
    return [shape[0], weight[1] * groups, height, width]
  }

  private func checkGeometry() throws(ShapeMismatch) {
    guard groups > 0, [kernel, stride, dilation].allSatisfy({ $0.height > 0 && $0.width > 0 }),
      padding.height >= 0, padding.width >= 0
    else { throw ShapeMismatch("\(self) is no convolution: sizes and groups must be positive") }
  }
}

extension Pooling {
  fileprivate func outputShape(of shape: [Int]) throws(ShapeMismatch) -> [Int] {
    guard shape.count == 4, [kernel, stride].allSatisfy({ $0.height > 0 && $0.width > 0 }),
      padding.height >= 0, padding.width >= 0, padding.height * 2 <= kernel.height, padding.width * 2 <= kernel.width
    else { throw ShapeMismatch("a pooling window of \(kernel) with padding \(padding) cannot take \(shape)") }
    let height = side(shape[2], kernel.height, stride.height, padding.height)
    let width = side(shape[3], kernel.width, stride.width, padding.width)
    guard height > 0, width > 0 else { throw ShapeMismatch("a window of \(kernel) does not fit in \(shape)") }
    return [shape[0], shape[1], height, width]
  }

  private func side(_ extent: Int, _ kernel: Int, _ stride: Int, _ padding: Int) -> Int {
    guard roundsUp else { return window(extent, kernel, stride, padding, 1) }
    let room = extent + 2 * padding - kernel
    guard room >= 0 else { return 0 }
    let count = (room + stride - 1) / stride + 1
    // A last window that would start in the padding is dropped, as PyTorch does.
    return (count - 1) * stride >= extent + padding ? count - 1 : count
  }
}

private func window(_ extent: Int, _ kernel: Int, _ stride: Int, _ padding: Int, _ dilation: Int) -> Int {
  let room = extent + 2 * padding - dilation * (kernel - 1) - 1
  return room < 0 ? 0 : room / stride + 1
}

private func spatial(_ shape: [Int], to size: Size) throws(ShapeMismatch) -> [Int] {
  guard shape.count == 4, shape[2] > 0, shape[3] > 0, size.height > 0, size.width > 0 else {
    throw ShapeMismatch("\(shape) cannot be brought to \(size.height) x \(size.width)")
  }
  return [shape[0], shape[1], size.height, size.width]
}

private func replacing(_ shape: [Int], axis: Int, with extent: Int) -> [Int] {
  var shape = shape
  shape[axis] = extent
  return shape
}

private func concatShape(_ inputs: [[Int]], axis: Int) throws(ShapeMismatch) -> [Int] {
  guard let first = inputs.first, first.indices.contains(axis),
    inputs.allSatisfy({
      $0.count == first.count && replacing($0, axis: axis, with: 0) == replacing(first, axis: axis, with: 0)
    })
  else { throw ShapeMismatch("\(inputs) cannot be joined on axis \(axis)") }
  return replacing(first, axis: axis, with: inputs.reduce(0) { $0 + $1[axis] })
}

private func matmulShape(_ inputs: [[Int]]) throws(ShapeMismatch) -> [Int] {
  guard inputs.count == 2, inputs.allSatisfy({ $0.count >= 2 }),
    let inner = inputs[0].last, inner == inputs[1][inputs[1].count - 2],
    let rows = inputs[0].dropLast().last, let columns = inputs[1].last,
    let batch = broadcast(Array(inputs[0].dropLast(2)), Array(inputs[1].dropLast(2)))
  else { throw ShapeMismatch("\(inputs) cannot be multiplied as matrices") }
  return batch + [rows, columns]
}

/// The shape that two shapes broadcast to, aligned at their last axes; nil where they do not.
public func broadcast(_ a: [Int], _ b: [Int]) -> [Int]? {
  let rank = max(a.count, b.count)
  var result: [Int] = []
  for axis in 0..<rank {
    let x = axis + a.count < rank ? 1 : a[axis + a.count - rank]
    let y = axis + b.count < rank ? 1 : b[axis + b.count - rank]
    guard x == y || x == 1 || y == 1 else { return nil }
    result.append(x == 1 ? y : x)
  }
  return result
}
