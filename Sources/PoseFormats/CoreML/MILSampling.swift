import PoseCore
import PoseGraph

// Pooling and resizing, of which Core ML knows fewer forms than PyTorch.
extension MILProgramWriter {
  mutating func pool(_ x: MILValue, _ input: [Int], _ output: [Int?], _ pooling: Pooling) -> MILValue {
    var x = x
    var before = [pooling.padding.height, pooling.padding.width]
    var after = before
    let (kernel, stride) = (
      [pooling.kernel.height, pooling.kernel.width], [pooling.stride.height, pooling.stride.width]
    )
    // Padding is added so that no size has to be rounded up, for which the padding would have to be the same on both sides.
    for axis in 0..<2 {
      let covered = ((output[axis + 2] ?? 1) - 1) * stride[axis] + kernel[axis]
      after[axis] = max(before[axis], covered - input[axis + 2] - before[axis])
    }
    var counts = pooling.countsPadding && before != [0, 0]
    if pooling.kind == .average, counts, after != before {
      // The padding counts in the average, but not the part of a window beyond it.
      let pads = [0, 0, 0, 0, before[0], before[0], before[1], before[1]]
      let shape = x.type.shape.prefix(2) + (0..<2).map { input[$0 + 2] + 2 * before[$0] }
      x = emit(
        "pad",
        ["x": .value(x), "pad": .integers(pads), "mode": .text("constant"), "constant_val": .number(0)], Array(shape))
      after = zip(after, before).map { $0 - $1 }
      before = [0, 0]
      counts = false
    }
    var arguments: [String: MILArgument] = [
      "x": .value(x), "kernel_sizes": .integers(kernel), "strides": .integers(stride), "pad_type": .text("custom"),
      "pad": .integers([before[0], after[0], before[1], after[1]]), "ceil_mode": .flag(false),
    ]
    if pooling.kind == .max { return emit("max_pool", arguments, output) }
    arguments["exclude_padding_from_average"] = .flag(!counts)
    return emit("avg_pool", arguments, output)
  }

  mutating func adaptiveAveragePool(_ node: Graph.Node, _ x: MILValue) throws(CoreMLError) -> MILValue {
    let (input, output) = (extents(node.inputs[0]), extents(node.output))
    let shape = shape(of: node.output)
    if input == output { return x }
    if output.dropFirst(2).allSatisfy({ $0 == 1 }) {
      return emit("reduce_mean", ["x": .value(x), "axes": .integers([2, 3]), "keep_dims": .flag(true)], shape)
    }
    let bins = Array(zip(input, output).dropFirst(2))
    if bins.allSatisfy({ $0 % $1 == 0 }) {
      let window = Size(height: bins[0].0 / bins[0].1, width: bins[1].0 / bins[1].1)
      return pool(x, input, shape, Pooling(.average, kernel: window, stride: window))
    }
    // Bins of different sizes are averaged by matrix products: rows by a matrix on the left, columns by one on the right.
    let rows = try weight("\(node.path).rows", [bins[0].1, bins[0].0], averagingMatrix(from: bins[0].0, to: bins[0].1))
    let columns = try weight(
      "\(node.path).columns", [bins[1].1, bins[1].0], averagingMatrix(from: bins[1].0, to: bins[1].1))
    let narrowed = matmul(x, columns, x.type.shape.dropLast() + [bins[1].1], transposesSecond: true)
    return matmul(rows, narrowed, shape)
  }

  mutating func resize(_ x: MILValue, _ input: [Int], _ output: [Int?], _ resize: Resize) -> MILValue {
    let (old, new) = (Array(input.dropFirst(2)), [resize.size.height, resize.size.width])
    if old == new { return x }
    switch resize.mode {
    case .nearest:
      if zip(old, new).allSatisfy({ $1 % $0 == 0 }) {
        return emit(
          "upsample_nearest_neighbor",
          [
            "x": .value(x), "scale_factor_height": .integer(new[0] / old[0]),
            "scale_factor_width": .integer(new[1] / old[1]),
          ], output)
      }
      // How other scales are rounded is not defined.
      var result = x
      for axis in 0..<2 where old[axis] != new[axis] {
        var shape = result.type.shape
        shape[axis + 2] = new[axis]
        result = gather(result, axis: axis + 2, (0..<new[axis]).map { $0 * old[axis] / new[axis] }, shape)
      }
      return result
    case .bilinear(let alignCorners):
      return emit(
        "resize_bilinear",
        [
          "x": .value(x), "target_size_height": .integer(new[0]), "target_size_width": .integer(new[1]),
          "sampling_mode": .text(alignCorners ? "STRICT_ALIGN_CORNERS" : "UNALIGN_CORNERS"),
        ], output)
    }
  }
}
