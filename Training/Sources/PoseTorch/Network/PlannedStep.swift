import PoseGraph

/// One or more nodes of a graph that run as one call.
struct PlannedStep {
  /// The module path of the first node, for errors.
  let path: String
  let inputs: [Graph.ValueID]
  /// More than one only if a value is split.
  let outputs: [Graph.ValueID]
  let parameters: [TorchTensor]
  let run: SeveralStep
  /// The path of the batch norm if another layer comes before it in this step.
  var normPath: String?
  /// What the batch norm adds to variances.
  var normEpsilon: Double?
  /// Whether it writes its result over its input, which then must not be kept.
  var changesInput = false
  /// Whether the next step may write over the output.
  var isFreeToChange = false
  /// The inputs that no later step reads.
  var lastReads: [Graph.ValueID] = []

  var output: Graph.ValueID { outputs[0] }

  var runsBatchNorm: Bool { normPath != nil || normEpsilon != nil }

  init(
    path: String, inputs: [Graph.ValueID], outputs: [Graph.ValueID], parameters: [TorchTensor] = [],
    run: @escaping SeveralStep
  ) {
    (self.path, self.inputs, self.outputs, self.parameters, self.run) = (path, inputs, outputs, parameters, run)
  }

  init(
    path: String, inputs: [Graph.ValueID], output: Graph.ValueID, parameters: [TorchTensor] = [], run: @escaping Step
  ) {
    self.init(path: path, inputs: inputs, outputs: [output], parameters: parameters) {
      inputs, parameters, mode throws(LibTorchError) in [try run(inputs, parameters, mode)]
    }
  }
}
