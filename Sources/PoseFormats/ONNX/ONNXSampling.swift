import PoseCore
import PoseGraph

// Pooling and resizing, for which ONNX has other borders and other rounding than PyTorch.
extension ONNXGraphWriter {
  mutating func pool(_ node: Graph.Node, _ pooling: Pooling) -> String {
    let (input, output) = (shape(node.inputs[0]), shape(node.output))
    var x = name(node.inputs[0])
    var before = [pooling.padding.height, pooling.padding.width]
    var after = before
    let (kernel, stride) = (
      [pooling.kernel.height, pooling.kernel.width], [pooling.stride.height, pooling.stride.width]
    )
    // Padding is added so that no size has to be rounded up, because runtimes disagree about the last window.
    for axis in 0..<2 {
      let covered = (output[axis + 2] - 1) * stride[axis] + kernel[axis]
      after[axis] = max(before[axis], covered - input[axis + 2] - before[axis])
    }
    var counts = pooling.countsPadding && before != [0, 0]
    if pooling.kind == .average, counts, after != before {
      // The padding counts in the average, but not the part of a window beyond it.
      x = emit("Pad", [x, constant([0, 0] + before + [0, 0] + before), constant(0)])
      after = zip(after, before).map { $0 - $1 }
      before = [0, 0]
      counts = false
    }
    var attributes: [String: ONNXAttribute] = [
      "kernel_shape": .integers(kernel), "strides": .integers(stride), "pads": .integers(before + after),
    ]
    if pooling.kind == .max { return emit("MaxPool", [x], attributes) }
    attributes["count_include_pad"] = .integer(counts ? 1 : 0)
    return emit("AveragePool", [x], attributes)
  }

  mutating func adaptiveAveragePool(_ node: Graph.Node) -> String {
    let (input, output) = (shape(node.inputs[0]).dropFirst(2), shape(node.output).dropFirst(2))
    let x = name(node.inputs[0])
    if input == output { return x }
    if output == [1, 1] { return emit("GlobalAveragePool", [x]) }
    let bins = Array(zip(input, output))
    if bins.allSatisfy({ $0 % $1 == 0 }) {
      let window = Size(height: bins[0].0 / bins[0].1, width: bins[1].0 / bins[1].1)
      return pool(node, Pooling(.average, kernel: window, stride: window))
    }
    // Bins of different sizes are averaged by matrix products: rows by a matrix on the left, columns by one on the
    // right.
    let rows = averagingMatrix(from: bins[0].0, to: bins[0].1)
    let columns = averagingMatrix(from: bins[1].0, to: bins[1].1)
    let transposed = (0..<bins[1].0).flatMap { place in (0..<bins[1].1).map { columns[$0 * bins[1].0 + place] } }
    let narrowed = emit("MatMul", [x, weight("\(node.path).columns", [bins[1].0, bins[1].1], transposed)])
    return emit("MatMul", [weight("\(node.path).rows", [bins[0].1, bins[0].0], rows), narrowed])
  }

  mutating func resize(_ node: Graph.Node, _ resize: Resize) -> String {
    let (input, output) = (Array(shape(node.inputs[0]).dropFirst(2)), [resize.size.height, resize.size.width])
    var x = name(node.inputs[0])
    if input == output { return x }
    var attributes: [String: ONNXAttribute] = [:]
    switch resize.mode {
    case .nearest:
      // A scale that is not an integer is rounded, and a rounded scale can miss a pixel.
      guard zip(input, output).allSatisfy({ $1 % $0 == 0 }) else {
        for axis in 0..<2 where input[axis] != output[axis] {
          let indices = (0..<output[axis]).map { $0 * input[axis] / output[axis] }
          x = emit("Gather", [x, constant(indices)], ["axis": .integer(axis + 2)])
        }
        return x
      }
      attributes["mode"] = .text("nearest")
      attributes["nearest_mode"] = .text("floor")
      attributes["coordinate_transformation_mode"] = .text("asymmetric")
    case .bilinear(let alignCorners):
      attributes["mode"] = .text("linear")
      attributes["coordinate_transformation_mode"] = .text(alignCorners ? "align_corners" : "half_pixel")
    }
    // Scales are written instead of sizes, because sizes would have to include the batch.
    let scales = [1, 1] + zip(input, output).map(scale)
    return emit("Resize", [x, "", weight("\(node.path).scales", [4], scales)], attributes)
  }

  /// The scale whose product with the old extent, rounded down, is the new extent, also in double precision.
  private func scale(_ old: Int, _ new: Int) -> Float {
    let scale = Float(new) / Float(old)
    return Double(old) * Double(scale) < Double(new) ? scale.nextUp : scale
  }
}
