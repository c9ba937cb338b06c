import PoseGraph

extension StepFusion {
  /// A batch norm and the ReLU that alone reads it.
  static let norm = StepFusion(name: "norm") { planner, index throws(LibTorchError) in
    let node = planner.graph.nodes[index]
    guard let (layer, output) = planner.absorbNorm(index) else { return nil }
    var step = PlannedStep(
      path: node.path, inputs: node.inputs, output: output, parameters: planner.tensors(of: node), run: layer.step)
    step.normEpsilon = layer.epsilon
    return step
  }

  /// A depthwise 3x3 convolution without a bias, the batch norm that alone reads it, and perhaps a ReLU.
  static let depthwiseNorm = StepFusion(name: "depthwiseNorm") { planner, index throws(LibTorchError) in
    let node = planner.graph.nodes[index]
    guard case .convolution(let convolution) = node.operation, convolution.isDepthwise3x3, !convolution.hasBias,
      let next = planner.dataflow.onlyReader(of: node.output), let (layer, output) = planner.absorbNorm(next)
    else { return nil }
    let norm = planner.graph.nodes[next]
    var step = PlannedStep(
      path: node.path, inputs: node.inputs, output: output,
      parameters: planner.tensors(of: node) + planner.tensors(of: norm),
      run: depthwiseNormStep(convolution, try layerStep(node.operation), layer))
    step.normPath = norm.path
    return step
  }
}

extension StepPlanner {
  /// The layer of a batch norm and the value that it makes, with the ReLU that alone reads the norm; nil for other nodes.
  fileprivate mutating func absorbNorm(_ index: Int) -> (layer: BatchNormLayer, output: Graph.ValueID)? {
    let node = graph.nodes[index]
    guard var layer = BatchNormLayer(node.operation) else { return nil }
    absorbed.insert(index)
    guard let next = dataflow.onlyReader(of: node.output), graph.nodes[next].operation == .unary(.relu) else {
      return (layer, node.output)
    }
    absorbed.insert(next)
    layer.relu = true
    return (layer, graph.nodes[next].output)
  }
}
