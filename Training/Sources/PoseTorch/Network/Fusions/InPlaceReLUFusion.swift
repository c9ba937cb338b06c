import PoseGraph

extension StepFusion {
  /// A ReLU that writes over its input, which nothing else reads and no backward pass needs.
  static let inPlaceReLU = StepFusion(name: "inPlaceReLU") { planner, index in
    let node = planner.graph.nodes[index]
    guard node.operation == .unary(.relu), planner.dataflow.onlyReader(of: node.inputs[0]) == index,
      planner.steps.last(where: { $0.output == node.inputs[0] })?.isFreeToChange == true
    else { return nil }
    let run: Step = { inputs, _, _ throws(LibTorchError) in try ATen.reluInPlace(inputs[0]) }
    var step = PlannedStep(path: node.path, inputs: node.inputs, output: node.output, run: run)
    step.changesInput = true
    return step
  }
}
