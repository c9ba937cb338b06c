import CTorch
import PoseGraph

/// One or more nodes of a graph, run as one.
struct PlannedStep {
  /// Of the first node, whose errors these are.
  let path: String
  let inputs: [Graph.ValueID]
  let output: Graph.ValueID
  let parameters: [TorchTensor]
  let run: Step
  /// Of a batch norm, what it adds to variances.
  var normEpsilon: Double?
  /// Writes its result over its input, so nothing may keep that.
  var changesInput = false
  /// Whether the next may write over the output.
  var isFreeToChange = false
  /// Values that no later step reads.
  var lastReads: [Graph.ValueID] = []
}

extension Graph {
  /// The steps of a network. Nodes that LibTorch runs faster together become one: a batch norm and its ReLU, a ReLU over
  /// what it reads, a join and the shuffle of what it joins.
  func plannedSteps(
    _ parameters: [TorchTensor], type: TorchType, device: Device
  ) throws(LibTorchError) -> [PlannedStep] {
    let readers = readers()
    var steps: [PlannedStep] = []
    var absorbed: Set<Int> = []
    /// The node that alone reads the value.
    func onlyReader(_ value: ValueID) -> Int? {
      let found = readers[value]
      return found.count == 1 && found[0] >= 0 ? found[0] : nil
    }
    let gates = gates(onlyReader)
    absorbed.formUnion(gates.values.compactMap(\.enlargement))
    for (index, node) in nodes.enumerated() where !absorbed.contains(index) && node.operation != .input {
      let tensors = node.parameters.map { parameters[$0] }
      if case .batchNorm(let epsilon, let momentum, let updates) = node.operation,
        let next = onlyReader(node.output), nodes[next].operation == .unary(.relu)
      {
        absorbed.insert(next)
        let run = batchNormStep(
          epsilon: epsilon.asWritten, momentum: momentum.asWritten, updates: updates, relu: true)
        steps.append(
          PlannedStep(
            path: node.path, inputs: node.inputs, output: nodes[next].output, parameters: tensors, run: run,
            normEpsilon: epsilon.asWritten))
      } else if let gate = gates[index] {
        let broadcasts = shape(of: gate.gates)[2...] == [1, 1]
        let size = broadcasts ? nil : Array(shape(of: gate.image).dropFirst(2))
        steps.append(
          PlannedStep(
            path: node.path, inputs: [gate.image, gate.gates], output: node.output, parameters: [],
            run: gateStep(enlargedTo: size)))
      } else if let shuffle = shuffle(from: index, onlyReader) {
        absorbed.formUnion(shuffle)
        let output = nodes[shuffle[2]].output
        let shape = [-1] + shape(of: output).dropFirst()
        let run: Step = { inputs, _, _ throws(LibTorchError) in
          try ATen.reshape(ATen.stack(inputs, axis: 2), shape: shape)
        }
        steps.append(
          PlannedStep(path: node.path, inputs: node.inputs, output: output, parameters: [], run: run))
      } else if node.operation == .unary(.relu), onlyReader(node.inputs[0]) == index,
        steps.last(where: { $0.output == node.inputs[0] })?.isFreeToChange == true
      {
        let run: Step = { inputs, _, _ throws(LibTorchError) in try ATen.reluInPlace(inputs[0]) }
        steps.append(
          PlannedStep(
            path: node.path, inputs: node.inputs, output: node.output, parameters: [], run: run, changesInput: true))
      } else {
        var step = PlannedStep(
          path: node.path, inputs: node.inputs, output: node.output, parameters: tensors,
          run: try self.step(of: node, type: type, device: device))
        if case .batchNorm(let epsilon, _, _) = node.operation { step.normEpsilon = epsilon.asWritten }
        step.isFreeToChange = node.operation.keepsNoResult
        steps.append(step)
      }
    }
    var read = Set(outputs.map(\.value))
    for index in steps.indices.reversed() {
      steps[index].lastReads = steps[index].inputs.filter { read.insert($0).inserted }
    }
    return steps
  }

  /// For each value the nodes that read it; -1 for the graph's outputs.
  private func readers() -> [[Int]] {
    var readers = [[Int]](repeating: [], count: values.count)
    for (index, node) in nodes.enumerated() {
      for value in node.inputs { readers[value].append(index) }
    }
    for port in outputs { readers[port.value].append(-1) }
    return readers
  }

  /// Products of images and gates that stand for whole blocks of pixels, by the product's node; with the node that would
  /// enlarge the gates, where there is one.
  private func gates(
    _ onlyReader: (ValueID) -> Int?
  ) -> [Int: (image: ValueID, gates: ValueID, enlargement: Int?)] {
    var gates: [Int: (image: ValueID, gates: ValueID, enlargement: Int?)] = [:]
    for (index, node) in nodes.enumerated() where node.operation == .unary(.sigmoid) || node.operation.isNearest {
      guard let product = onlyReader(node.output), nodes[product].operation == .binary(.multiply),
        nodes[product].inputs[1] == node.output, shape(of: nodes[product].inputs[0]).count == 4
      else { continue }
      let image = nodes[product].inputs[0]
      let (isNearest, shape) = (node.operation.isNearest, shape(of: node.output))
      if isNearest || shape[2...] == [1, 1] {
        gates[product] = (image, isNearest ? node.inputs[0] : node.output, isNearest ? index : nil)
      }
    }
    return gates
  }

  /// The nodes that shuffle the channels of what a join joins, where its parts are the shuffle's groups.
  private func shuffle(from index: Int, _ onlyReader: (ValueID) -> Int?) -> [Int]? {
    let join = nodes[index]
    let parts = join.inputs.map(shape(of:))
    guard join.operation == .concat(axis: 1), let part = parts.first, part.count == 4,
      parts.allSatisfy({ $0 == part }),
      let split = onlyReader(join.output), let swap = onlyReader(nodes[split].output),
      let merge = onlyReader(nodes[swap].output),
      nodes[split].operation == .reshape([1, parts.count] + part.dropFirst()),
      nodes[swap].operation == .transpose([0, 2, 1, 3, 4]),
      nodes[merge].operation == .reshape(shape(of: join.output))
    else { return nil }
    return [split, swap, merge]
  }
}

/// An image times gates; where they do not divide it evenly, they are enlarged first.
private func gateStep(enlargedTo size: [Int]?) -> Step {
  { inputs, _, _ throws(LibTorchError) in
    let (image, gates) = (inputs[0], inputs[1])
    defer { withExtendedLifetime((image, gates)) {} }
    if torch_can_gate(image.handle, gates.handle) {
      return try TorchTensor(taking: torch_gate(image.handle, gates.handle), "gate")
    }
    return try ATen.mul(image, size == nil ? gates : ATen.upsample_nearest2d(gates, size: size, scales: nil))
  }
}

extension Operation {
  fileprivate var isNearest: Bool { if case .resize(let resize) = self { resize.mode == .nearest } else { false } }

  /// Whether the result is memory of its own that the way back does not read.
  fileprivate var keepsNoResult: Bool {
    switch self {
    case .convolution, .transposedConvolution, .binary(.add), .binary(.subtract): true
    default: false
    }
  }
}
