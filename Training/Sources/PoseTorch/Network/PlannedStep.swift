import CTorch
import PoseGraph

/// One or more nodes of a graph, run as one.
struct PlannedStep {
  /// Of the first node, whose errors these are.
  let path: String
  let inputs: [Graph.ValueID]
  /// More than one only where a value is cut in parts.
  let outputs: [Graph.ValueID]
  let parameters: [TorchTensor]
  let run: SeveralStep
  /// The norm's path where a layer comes before it.
  var normPath: String?
  /// Of a batch norm, what it adds to variances.
  var normEpsilon: Double?
  /// Writes its result over its input, so nothing may keep that.
  var changesInput = false
  /// Whether the next may write over the output.
  var isFreeToChange = false
  /// Values that no later step reads.
  var lastReads: [Graph.ValueID] = []

  var output: Graph.ValueID { outputs[0] }

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

extension Graph {
  /// The steps of a network. Nodes that LibTorch runs faster together become one: a batch norm and its ReLU, a ReLU over
  /// what it reads, a join and the shuffle of what it joins, the parts that a value is cut in, sums of several images.
  ///
  /// - Parameter joinsLayers: whether convolutions and the norms that follow may become one, too.
  func plannedSteps(
    _ parameters: [TorchTensor], type: TorchType, device: Device, joinsLayers: Bool
  ) throws(LibTorchError) -> [PlannedStep] {
    let readers = readers()
    var steps: [PlannedStep] = []
    var absorbed: Set<Int> = []
    /// The node that alone reads the value.
    func onlyReader(_ value: ValueID) -> Int? {
      let found = readers[value]
      return found.count == 1 && found[0] >= 0 ? found[0] : nil
    }
    /// The value that the norm gives, with the ReLU that reads it alone where there is one.
    func norm(_ index: Int) -> (layer: BatchNormLayer, output: ValueID)? {
      guard var layer = BatchNormLayer(nodes[index].operation) else { return nil }
      absorbed.insert(index)
      guard let next = onlyReader(nodes[index].output), nodes[next].operation == .unary(.relu) else {
        return (layer, nodes[index].output)
      }
      absorbed.insert(next)
      layer.relu = true
      return (layer, nodes[next].output)
    }
    let gates = gates(onlyReader)
    let sums = sums(onlyReader)
    absorbed.formUnion(gates.values.compactMap(\.enlargement))
    absorbed.formUnion(sums.values.flatMap(\.nodes))
    for (index, node) in nodes.enumerated() where !absorbed.contains(index) && node.operation != .input {
      let tensors = node.parameters.map { parameters[$0] }
      if joinsLayers, case .convolution(let convolution) = node.operation, convolution.isDepthwise3x3,
        !convolution.hasBias, let next = onlyReader(node.output), let (layer, output) = norm(next)
      {
        var step = PlannedStep(
          path: node.path, inputs: node.inputs, output: output,
          parameters: tensors + nodes[next].parameters.map { parameters[$0] },
          run: depthwiseNormStep(convolution, try layerStep(node.operation), layer))
        step.normPath = nodes[next].path
        steps.append(step)
      } else if let (layer, output) = norm(index) {
        var step = PlannedStep(
          path: node.path, inputs: node.inputs, output: output, parameters: tensors, run: layer.step)
        step.normEpsilon = layer.epsilon
        steps.append(step)
      } else if let gate = gates[index] {
        let broadcasts = shape(of: gate.gates)[2...] == [1, 1]
        let size = broadcasts ? nil : Array(shape(of: gate.image).dropFirst(2))
        steps.append(
          PlannedStep(
            path: node.path, inputs: [gate.image, gate.gates], output: node.output, run: gateStep(enlargedTo: size)))
      } else if let sum = sums[index] {
        steps.append(
          PlannedStep(
            path: node.path, inputs: sum.terms.map(\.value), output: sum.output,
            run: sumStep(sum, size: Array(shape(of: node.output).dropFirst(2)))))
      } else if let shuffle = shuffle(from: index, onlyReader) {
        absorbed.formUnion(shuffle)
        let output = nodes[shuffle[2]].output
        let parts = equalParts(readers[output])
        absorbed.formUnion(parts)
        steps.append(
          PlannedStep(
            path: node.path, inputs: node.inputs, outputs: parts.isEmpty ? [output] : parts.map { nodes[$0].output },
            run: shuffleStep(shape: shape(of: output), parts: max(parts.count, 1))))
      } else if case .slice(let axis, _, _, _) = node.operation,
        let parts = parts(of: node.inputs[0], axis: axis, readers[node.inputs[0]])
      {
        absorbed.formUnion(parts)
        let sizes = parts.map { shape(of: nodes[$0].output)[axis] }
        steps.append(
          PlannedStep(path: node.path, inputs: node.inputs, outputs: parts.map { nodes[$0].output }) {
            inputs, _, _ throws(LibTorchError) in try ATen.split_with_sizes(inputs[0], sizes: sizes, axis: axis)
          })
      } else if node.operation == .unary(.relu), onlyReader(node.inputs[0]) == index,
        steps.last(where: { $0.output == node.inputs[0] })?.isFreeToChange == true
      {
        let run: Step = { inputs, _, _ throws(LibTorchError) in try ATen.reluInPlace(inputs[0]) }
        var step = PlannedStep(path: node.path, inputs: node.inputs, output: node.output, run: run)
        step.changesInput = true
        steps.append(step)
      } else {
        var step = PlannedStep(
          path: node.path, inputs: node.inputs, output: node.output, parameters: tensors,
          run: try self.step(of: node, type: type, device: device))
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
  func readers() -> [[Int]] {
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

  /// The nodes that cut a value in parts without a gap or a remainder, first to last.
  private func parts(of value: ValueID, axis: Int, _ readers: [Int]) -> [Int]? {
    var cuts: [(start: Int, end: Int, node: Int)] = []
    for reader in readers where reader >= 0 {
      if case .slice(axis, let start, let end, step: 1) = nodes[reader].operation, start < end {
        cuts.append((start, end, reader))
      }
    }
    cuts.sort { $0.start < $1.start }
    var next = 0
    for cut in cuts {
      guard cut.start == next else { return nil }
      next = cut.end
    }
    return cuts.count > 1 && next == shape(of: value)[axis] ? cuts.map(\.node) : nil
  }

  /// The nodes that cut channels in parts of one size, where they alone read the value.
  private func equalParts(_ readers: [Int]) -> [Int] {
    guard let first = readers.first, first >= 0, case .slice(axis: 1, _, _, _) = nodes[first].operation,
      let parts = parts(of: nodes[first].inputs[0], axis: 1, readers), parts.count == readers.count
    else { return [] }
    let size = shape(of: nodes[first].output)[1]
    return parts.allSatisfy { shape(of: nodes[$0].output)[1] == size } ? parts : []
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

/// Images dealt out channel by channel, and the result cut in equal parts.
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
