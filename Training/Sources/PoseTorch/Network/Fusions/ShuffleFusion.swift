import CTorch
import PoseGraph

extension StepFusion {
  /// A concat of equal parts, the channel shuffle of as many groups, and the equal slices that the result is split into.
  static let shuffle = StepFusion(name: "shuffle") { planner, index in
    let (graph, node) = (planner.graph, planner.graph.nodes[index])
    let parts = node.inputs.map(graph.shape(of:))
    guard node.operation == .concat(axis: 1), let part = parts.first, part.count == 4,
      parts.allSatisfy({ $0 == part }), let split = planner.dataflow.onlyReader(of: node.output),
      let shuffle = planner.dataflow.channelShuffle(from: split), shuffle.groups == parts.count
    else { return nil }
    let output = graph.nodes[shuffle.nodes[2]].output
    let slices = planner.equalSlices(of: output)
    planner.absorbed.formUnion(shuffle.nodes + slices)
    return PlannedStep(
      path: node.path, inputs: node.inputs,
      outputs: slices.isEmpty ? [output] : slices.map { graph.nodes[$0].output },
      run: shuffleStep(shape: graph.shape(of: output), parts: max(slices.count, 1)))
  }

  /// The slices that split a value without a gap or a remainder.
  static let split = StepFusion(name: "split") { planner, index in
    let (graph, node) = (planner.graph, planner.graph.nodes[index])
    guard case .slice(let axis, _, _, _) = node.operation,
      let slices = planner.slices(of: node.inputs[0], axis: axis)
    else { return nil }
    planner.absorbed.formUnion(slices)
    let sizes = slices.map { graph.shape(of: graph.nodes[$0].output)[axis] }
    return PlannedStep(path: node.path, inputs: node.inputs, outputs: slices.map { graph.nodes[$0].output }) {
      inputs, _, _ throws(LibTorchError) in try ATen.split_with_sizes(inputs[0], sizes: sizes, axis: axis)
    }
  }
}

extension StepPlanner {
  /// The nodes that split a value along an axis without a gap or a remainder, first to last; nil if they do not.
  fileprivate func slices(of value: Graph.ValueID, axis: Int) -> [Int]? {
    var slices: [(start: Int, end: Int, node: Int)] = []
    for reader in dataflow.readers(of: value) {
      if case .slice(axis, let start, let end, step: 1) = graph.nodes[reader].operation, start < end {
        slices.append((start, end, reader))
      }
    }
    slices.sort { $0.start < $1.start }
    var next = 0
    for slice in slices {
      guard slice.start == next else { return nil }
      next = slice.end
    }
    return slices.count > 1 && next == graph.shape(of: value)[axis] ? slices.map(\.node) : nil
  }

  /// The nodes that split the channels into parts of one size, if nothing else reads the value.
  fileprivate func equalSlices(of value: Graph.ValueID) -> [Int] {
    guard let slices = slices(of: value, axis: 1), slices.count == dataflow.readCount(of: value) else { return [] }
    let sizes = Set(slices.map { graph.shape(of: graph.nodes[$0].output)[1] })
    return sizes.count == 1 ? slices : []
  }
}

/// Images interleaved channel by channel, and the result split into equal parts.
private func shuffleStep(shape: [Int], parts: Int) -> SeveralStep {
  let shape = [-1] + shape.dropFirst()
  return { inputs, _, _ throws(LibTorchError) in
    let own = try withHandles(inputs) { handles throws(LibTorchError) -> [TorchTensor]? in
      guard torch_can_shuffle(handles, inputs.count, parts) else { return nil }
      return try TorchTensor.list("shuffle") { torch_shuffle(handles, inputs.count, parts, $0, $1) }
    }
    if let own { return own }
    let whole = try ATen.reshape(ATen.stack(inputs, axis: 2), shape: shape)
    let sizes = [Int](repeating: shape[1] / parts, count: parts)
    return parts == 1 ? [whole] : try ATen.split_with_sizes(whole, sizes: sizes, axis: 1)
  }
}
