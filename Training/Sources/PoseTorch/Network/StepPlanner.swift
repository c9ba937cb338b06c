import PoseGraph

extension Graph {
  /// The steps of a network. Sequences of nodes that LibTorch runs faster as one call are fused, see ``StepFusion``.
  ///
  /// - Parameter joinsLayers: whether convolutions are fused with the norms that follow them, too.
  func plannedSteps(
    _ parameters: [TorchTensor], type: TorchType, device: Device, joinsLayers: Bool
  ) throws(LibTorchError) -> [PlannedStep] {
    var planner = StepPlanner(self, parameters, type: type, device: device)
    return try planner.planned((joinsLayers ? [.depthwiseNorm] : []) + StepFusion.everywhere)
  }
}

/// A named rewrite of a sequence of nodes into one step.
struct StepFusion: Sendable {
  let name: String
  /// Makes the step that begins with a node and marks the other nodes that it stands for as absorbed; nil if the fusion
  /// does not apply.
  let step: @Sendable (_ planner: inout StepPlanner, _ node: Int) throws(LibTorchError) -> PlannedStep?

  /// The fusions that change no layer's results, in the order in which they are tried.
  static let everywhere: [StepFusion] = [.norm, .gate, .sum, .shuffle, .split, .inPlaceReLU]
}

/// The state while a graph's nodes become steps.
struct StepPlanner {
  let graph: Graph
  let dataflow: Dataflow
  let parameters: [TorchTensor]
  let type: TorchType
  let device: Device
  /// Products with gates and sums, by the node that they are planned at.
  let gates: [Int: GatedImage]
  let sums: [Int: ImageSum]
  /// Nodes that are part of another node's step.
  var absorbed: Set<Int> = []
  private(set) var steps: [PlannedStep] = []

  init(_ graph: Graph, _ parameters: [TorchTensor], type: TorchType, device: Device) {
    (self.graph, self.parameters, self.type, self.device) = (graph, parameters, type, device)
    dataflow = graph.dataflow
    gates = graph.gates(dataflow)
    sums = graph.sums(dataflow)
    absorbed.formUnion(gates.values.compactMap(\.upsampling))
    absorbed.formUnion(sums.values.flatMap(\.nodes))
  }

  mutating func planned(_ fusions: [StepFusion]) throws(LibTorchError) -> [PlannedStep] {
    for (index, node) in graph.nodes.enumerated() where !absorbed.contains(index) && node.operation != .input {
      if let step = try fused(index, fusions) {
        steps.append(step)
      } else {
        steps.append(try single(node))
      }
    }
    var read = Set(graph.outputs.map(\.value))
    for index in steps.indices.reversed() {
      steps[index].lastReads = steps[index].inputs.filter { read.insert($0).inserted }
    }
    return steps
  }

  private mutating func fused(_ node: Int, _ fusions: [StepFusion]) throws(LibTorchError) -> PlannedStep? {
    for fusion in fusions {
      if let step = try fusion.step(&self, node) { return step }
    }
    return nil
  }

  private func single(_ node: Graph.Node) throws(LibTorchError) -> PlannedStep {
    var step = PlannedStep(
      path: node.path, inputs: node.inputs, output: node.output, parameters: tensors(of: node),
      run: try graph.step(of: node, type: type, device: device))
    step.isFreeToChange = node.operation.keepsNoResult
    return step
  }

  func tensors(of node: Graph.Node) -> [TorchTensor] { node.parameters.map { parameters[$0] } }
}

extension Operation {
  /// Whether the result is memory of its own that the backward pass does not read.
  fileprivate var keepsNoResult: Bool {
    switch self {
    case .convolution, .transposedConvolution, .binary(.add), .binary(.subtract): true
    default: false
    }
  }
}
