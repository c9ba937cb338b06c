import PoseCore
import PoseGraph

extension TFLiteGraphWriter {
  /// Groups are convolutions of their own, whose results are joined. Where TensorFlow Lite would calculate another padding, all
  /// that the kernel reaches is made, and the border is cut off.
  mutating func transposed(
    _ node: Graph.Node, _ convolution: Convolution, at index: Int
  ) throws(TFLiteError) -> TFLiteValue {
    let (input, output) = (extents(node.inputs[0]), extents(node.output))
    let x = try value(node.inputs[0], in: TFLiteLayout.channelsLast)
    let parameter = graph.parameters[node.parameters[0]]
    let own = folded.weights(of: index)
    let kernel = TransposedKernel(
      own?.weight ?? checkpoint[parameter.name]?.floats ?? [], parameter.shape, convolution)
    let window = TransposedWindow(input, output, kernel, convolution)
    let grown = kernel.grown(by: window.missing)
    let bias = own?.bias ?? ownBias(node) ?? [Float](repeating: 0, count: output[1])
    let (inputs, outputs) = (input[1] / convolution.groups, output[1] / convolution.groups)
    let options = TFLiteOptions.transposedConvolution(window.isSame ? .same : .valid, stride: window.stride)
    let shape: [Int] = [output[0]] + window.made + [outputs]
    var parts: [Int] = []
    for group in 0..<convolution.groups {
      var source = tensor(x)
      if convolution.groups > 1 {
        source = tensor(slice(x, axis: 1, start: group * inputs, end: (group + 1) * inputs, step: 1))
      }
      let weight = try self.weight(
        parameter.name, [outputs] + grown.extents + [inputs], grown.channelsLast(of: group))
      let part = try self.weight(
        node.path.isEmpty ? "bias" : node.path + ".bias", [outputs],
        Array(bias.dropFirst(group * outputs).prefix(outputs)))
      parts.append(
        emit(.transposedConvolution, [constant(shape), weight, source, part], shape, options, version: 3))
    }
    let joined: [Int] = [output[0]] + window.made + [output[1]]
    let result = parts.count == 1 ? parts[0] : emit(.concatenation, parts, joined, .concatenation(axis: 3))
    var value = TFLiteValue(tensor: result, shape: joined, order: TFLiteLayout.channelsLast)
    for axis in 0..<2 where window.made[axis] != window.output[axis] {
      let start = window.before[axis]
      value = slice(value, axis: axis + 2, start: start, end: start + window.output[axis], step: 1)
    }
    return value
  }

  private func ownBias(_ node: Graph.Node) -> [Float]? {
    guard node.parameters.count > 1 else { return nil }
    return checkpoint[graph.parameters[node.parameters[1]].name]?.floats
  }
}

/// Where the output of a transposed convolution lies in all that its kernel reaches.
private struct TransposedWindow {
  let output: [Int]
  let stride: [Int]
  let before: [Int]
  /// The rows and columns that the kernel lacks at its end for the last rows and columns of the output.
  let missing: [Int]
  /// Whether TensorFlow Lite calculates the same padding by itself.
  let isSame: Bool
  /// The height and width that the operator makes: the output's, or all that the kernel reaches.
  let made: [Int]

  init(_ input: [Int], _ output: [Int], _ kernel: TransposedKernel, _ convolution: Convolution) {
    self.output = Array(output.suffix(2))
    stride = [convolution.stride.height, convolution.stride.width]
    before = [convolution.padding.height, convolution.padding.width]
    var (missing, whole, isSame) = ([0, 0], [0, 0], true)
    for axis in 0..<2 {
      let (target, start) = (self.output[axis], before[axis])
      let reached = (input[axis + 2] - 1) * stride[axis] + kernel.extents[axis]
      missing[axis] = max(0, start + target - reached)
      whole[axis] = reached + missing[axis]
      let steps = (target + stride[axis] - 1) / stride[axis]
      isSame = isSame && steps == input[axis + 2] && start == max(0, whole[axis] - target) / 2
    }
    (self.missing, self.isSame) = (missing, isSame)
    made = isSame ? self.output : whole
  }
}

/// The weights of a transposed convolution, `C x O/groups x kH x kW`.
private struct TransposedKernel {
  private let numbers: [Float]
  private let shape: [Int]
  private let groups: Int

  /// The height and the width.
  var extents: [Int] { Array(shape.suffix(2)) }

  /// Dilation is written as zeros between the weights, since TensorFlow Lite's operator has none.
  init(_ numbers: [Float], _ shape: [Int], _ convolution: Convolution) {
    let dilation = [convolution.dilation.height, convolution.dilation.width]
    let wide = (0..<2).map { (shape[$0 + 2] - 1) * dilation[$0] + 1 }
    self.init(numbers, shape, wide, steps: dilation, convolution.groups)
  }

  private init(_ numbers: [Float], _ shape: [Int], _ extents: [Int], steps: [Int], _ groups: Int) {
    self.groups = groups
    self.shape = [shape[0], shape[1]] + extents
    guard Array(shape.suffix(2)) != extents else {
      self.numbers = numbers
      return
    }
    var spread = [Float](repeating: 0, count: shape[0] * shape[1] * extents[0] * extents[1])
    for (index, number) in numbers.enumerated() {
      let (row, column) = (index / shape[3] % shape[2] * steps[0], index % shape[3] * steps[1])
      spread[(index / (shape[2] * shape[3]) * extents[0] + row) * extents[1] + column] = number
    }
    self.numbers = spread
  }

  /// The kernel with zeros after its rows and columns.
  func grown(by more: [Int]) -> TransposedKernel {
    TransposedKernel(numbers, shape, zip(extents, more).map { $0 + $1 }, steps: [1, 1], groups)
  }

  /// The weights of a group as `O x kH x kW x C`.
  func channelsLast(of group: Int) -> [Float] {
    let own: [Int] = [shape[0] / groups] + shape.dropFirst()
    let count = own.reduce(1, *)
    guard numbers.count == count * groups else { return [] }
    return TFLiteLayout.permuted(Array(numbers[group * count..<(group + 1) * count]), own, [1, 2, 3, 0])
  }
}
