import PoseCore
import PoseGraph

// Pooling, resizing, slices and padding, for which MindSpore has other borders than PyTorch.
extension MindIRGraphWriter {
  mutating func pool(_ node: Graph.Node, _ pooling: Pooling) -> String {
    let (input, result) = (shape(node.inputs[0]), shape(node.output))
    let (kernel, stride) = (
      [pooling.kernel.height, pooling.kernel.width], [pooling.stride.height, pooling.stride.width]
    )
    let before = [pooling.padding.height, pooling.padding.width]
    // Padding is added so that no size has to be rounded up.
    let after = (0..<2).map { axis in
      max(before[axis], (result[axis + 2] - 1) * stride[axis] + kernel[axis] - input[axis + 2] - before[axis])
    }
    var x = name(node.inputs[0])
    if before + after != [0, 0, 0, 0] {
      let padded = [input[0], input[1]] + (0..<2).map { before[$0] + input[$0 + 2] + after[$0] }
      let outside = pooling.kind == .max ? -Float.greatestFiniteMagnitude : 0
      x = pad(x, [0, 0] + before, [0, 0] + after, outside, padded)
    }
    if pooling.kind == .max {
      return emit(
        "MaxPool", [x], result,
        [
          "kernel_size": .integers([1, 1] + kernel), "strides": .integers([1, 1] + stride), "pad_mode": .text("VALID"),
          "format": .text("NCHW"),
        ])
    }
    // No padding is the third of the kinds of padding, and NCHW the first of the formats.
    let arguments = [
      constant(.integers(kernel)), constant(.integers(stride)), constant(.integer(2)), constant(.integer(0)),
    ]
    let average = emit("AvgPool", [x] + arguments, result)
    // Windows that reach over the border average fewer pixels than they have places for.
    let factors = (0..<2).map { axis in
      (0..<result[axis + 2]).map { place in
        let start = place * stride[axis] - before[axis]
        let range = pooling.countsPadding ? -before[axis]..<input[axis + 2] + before[axis] : 0..<input[axis + 2]
        return Float(kernel[axis]) / Float((start..<start + kernel[axis]).clamped(to: range).count)
      }
    }
    let table = factors[0].flatMap { row in factors[1].map { row * $0 } }
    if table.allSatisfy({ $0 == 1 }) { return average }
    return emit("Mul", [average, constant(.floats(table, shape: [1, 1, result[2], result[3]]))], result)
  }

  mutating func adaptiveAveragePool(_ node: Graph.Node) -> String {
    let (input, result) = (shape(node.inputs[0]), shape(node.output))
    let x = name(node.inputs[0])
    if input == result { return x }
    if result.suffix(2) == [1, 1] {
      return emit("ReduceMean", [x, constant(.integers([2, 3])), constant(.truth(true))], result)
    }
    if input[2] % result[2] == 0, input[3] % result[3] == 0 {
      let window = Size(height: input[2] / result[2], width: input[3] / result[3])
      return pool(node, Pooling(.average, kernel: window, stride: window))
    }
    // Bins of different sizes are averaged by matrix products: rows by a matrix on the left, columns by one on the right.
    let columns = averagingMatrix(from: input[3], to: result[3])
    let transposed = (0..<input[3]).flatMap { place in (0..<result[3]).map { columns[$0 * input[3] + place] } }
    let narrow = Array(result.prefix(2)) + [input[2], result[3]]
    let narrowed = matmul(
      [x, constant(.floats(transposed, shape: [input[3], result[3]]))], [input, [input[3], result[3]]], narrow)
    let rows = averagingMatrix(from: input[2], to: result[2])
    return matmul(
      [constant(.floats(rows, shape: [result[2], input[2]])), narrowed], [[result[2], input[2]], narrow], result)
  }

  mutating func resize(_ node: Graph.Node, _ resize: Resize) -> String {
    let (input, result) = (shape(node.inputs[0]), shape(node.output))
    var x = name(node.inputs[0])
    if input == result { return x }
    let size = constant(.integers(Array(result.suffix(2))))
    switch resize.mode {
    case .bilinear(let alignCorners):
      let kinds = [constant(.truth(alignCorners)), constant(.truth(!alignCorners))]
      return emit("ResizeBilinearV2", [x, size] + kinds, result)
    case .nearest:
      // The scale is a rounded number, with which other factors than powers of two can miss a pixel.
      let isExact = (2...3).allSatisfy { axis in
        result[axis] % input[axis] == 0 && (result[axis] / input[axis]).nonzeroBitCount == 1
      }
      if isExact {
        let kinds = [constant(.truth(false)), constant(.truth(false))]
        return emit("ResizeNearestNeighbor", [x, size] + kinds, result)
      }
      var shape = input
      for axis in 2...3 where input[axis] != result[axis] {
        shape[axis] = result[axis]
        let indices = (0..<result[axis]).map { $0 * input[axis] / result[axis] }
        x = emit("Gather", [x, constant(.indices(indices)), constant(.integer(axis)), constant(.integer(0))], shape)
      }
      return x
    }
  }

  mutating func slice(_ node: Graph.Node, axis: Int, start: Int, end: Int, step: Int) -> String {
    let (input, result) = (shape(node.inputs[0]), shape(node.output))
    let x = name(node.inputs[0])
    // A slice of the batch axis can only take the whole axis.
    if axis == 0 && isBatched(node.output) || input == result { return x }
    var (first, last, steps) = (Array(repeating: 0, count: input.count), input, Array(repeating: 1, count: input.count))
    (first[axis], last[axis], steps[axis]) = (start, end, step)
    let masks = Array(repeating: constant(.integer(0)), count: 5)
    return emit("StridedSlice", [x] + [first, last, steps].map { constant(.integers($0)) } + masks, result)
  }

  /// Padding of every axis, which MindSpore takes from the last axis to the first.
  mutating func pad(_ x: String, _ before: [Int], _ after: [Int], _ value: Float, _ result: [Int]) -> String {
    let amounts = zip(before, after).reversed().flatMap { [$0, $1] }
    return emit(
      "PadV3", [x, constant(.integers(amounts)), constant(.floats([value], shape: []))], result,
      ["mode": .text("constant"), "paddings_contiguous": .truth(true)])
  }
}
