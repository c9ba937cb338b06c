import PoseGraph

extension TrainableNetwork {
  /// Wakes units that give nothing for any of these inputs, so that no gradient ever reaches them (Sokar et al., The Dormant
  /// Neuron Phenomenon, ICML 2023). They take the direction of fresh weights, scaled and shifted so that what they give
  /// before their ReLU has mean 0 and deviation 1 over the inputs; what reads them gives them no weight yet, so the network
  /// computes what it did.
  ///
  /// A unit is a channel of an ungrouped convolution with a bias, whose ReLU such convolutions alone read.
  ///
  /// - Parameters:
  ///   - name: what paths of layers that are looked at contain.
  ///   - fresh: weights as training begins with them.
  ///   - input: as ``callAsFunction(_:isTraining:)`` takes it, like those to come.
  /// - Returns: how many were woken, and of how many.
  /// - Throws: ``LibTorchError`` where no layer of that name has units, or with the path of the layer at fault.
  @discardableResult
  public func wakeDormantUnits(
    of name: String, with fresh: Checkpoint, on input: TorchTensor
  ) throws(LibTorchError) -> (woken: Int, of: Int) {
    try check(input)
    let rectified = graph.rectifiedConvolutions(named: name)
    if rectified.isEmpty {
      throw LibTorchError(layer: name, operation: "wake", reason: "no convolution there has a bias and its own ReLU")
    }
    var values = [TorchTensor?](repeating: nil, count: graph.values.count)
    for port in graph.inputs { values[port.value] = input }
    var (woken, count) = (0, 0)
    try withoutGradients { () throws(LibTorchError) in
      for (index, step) in layers.enumerated() {
        let x = values[step.inputs[0]]
        try run(layers[index...index], &values, RunMode(isTraining: false))
        guard let layer = rectified[step.output], let x, let y = values[step.output] else { continue }
        let greatest = try ATen.amax(y, axes: [0, 2, 3], keepsAxes: false).floats()
        let dormant = greatest.indices.filter { greatest[$0] <= 0 }
        count += greatest.count
        if dormant.isEmpty { continue }
        woken += try wake(dormant, of: step, at: layer.node, readBy: layer.readers, with: fresh, on: x)
        values[step.output] = try step.run([x], step.parameters, RunMode(isTraining: false))[0]
      }
    }
    return (woken, count)
  }

  private func wake(
    _ units: [Int], of step: PlannedStep, at node: Graph.Node, readBy readers: [Graph.Node], with fresh: Checkpoint,
    on x: TorchTensor
  ) throws(LibTorchError) -> Int {
    let (weight, bias) = (step.parameters[0], step.parameters[1])
    var (rows, shifts) = (Rows(weight.shape, try weight.floats()), try bias.floats())
    guard let directions = fresh[graph.parameters[node.parameters[0]].name], directions.shape == weight.shape else {
      throw LibTorchError(layer: node.path, operation: "wake", reason: "there are no fresh weights of its shape")
    }
    let source = Rows(directions.shape, directions.floats)
    let trial = try TorchTensor(source.values, weight.shape, device: device)
    let y = try step.run([x], [trial, ATen.zeros_like(bias)], RunMode(isTraining: false))[0]
    let means = try ATen.meanAxes(y, axes: [0, 2, 3], keepsAxes: false, type: nil).floats()
    let squares = try ATen.meanAxes(ATen.mul(y, y), axes: [0, 2, 3], keepsAxes: false, type: nil).floats()
    // What is the same for every input wakes nobody.
    let able = units.filter { squares[$0] - means[$0] * means[$0] > Self.leastVariance * squares[$0] }
    for unit in able {
      let deviation = (squares[unit] - means[unit] * means[unit]).squareRoot()
      rows[unit] = source[unit].map { $0 / deviation }
      shifts[unit] = -means[unit] / deviation
    }
    try ATen.copyInPlace(weight, TorchTensor(rows.values, weight.shape, device: device), nonBlocking: false)
    try ATen.copyInPlace(bias, TorchTensor(shifts, bias.shape, device: device), nonBlocking: false)
    for reader in readers {
      let weight = parameters[reader.parameters[0]].tensor
      for unit in able {
        try ATen.zeroInPlace(ATen.slice(weight, axis: 1, start: unit, end: unit + 1, step: 1))
      }
    }
    return able.count
  }

  /// Of what a unit gives, as a share of its mean square: below it, differences are rounding.
  private static let leastVariance: Float = 1e-6
}

/// The weights of each unit.
private struct Rows {
  private let size: Int
  private(set) var values: [Float]

  init(_ shape: [Int], _ values: [Float]) {
    size = values.count / max(shape[0], 1)
    self.values = values
  }

  subscript(unit: Int) -> [Float] {
    get { Array(values[unit * size..<(unit + 1) * size]) }
    set { values.replaceSubrange(unit * size..<(unit + 1) * size, with: newValue) }
  }
}

extension Graph {
  /// Convolutions whose ReLU's values only ungrouped convolutions read, by what they give.
  fileprivate func rectifiedConvolutions(named name: String) -> [ValueID: (node: Node, readers: [Node])] {
    let dataflow = dataflow
    func isUngrouped(_ node: Node) -> Bool {
      guard case .convolution(let convolution) = node.operation else { return false }
      return convolution.groups == 1 && parameters[node.parameters[0]].shape.count == 4
    }
    var found: [ValueID: (node: Node, readers: [Node])] = [:]
    for node in nodes where node.path.contains(name) && isUngrouped(node) && node.parameters.count == 2 {
      guard let relu = dataflow.onlyReader(of: node.output), nodes[relu].operation == .unary(.relu) else { continue }
      let rectified = nodes[relu].output
      let next = dataflow.readers(of: rectified).map { nodes[$0] }
      if !dataflow.isOutput(rectified), next.allSatisfy(isUngrouped) { found[node.output] = (node, next) }
    }
    return found
  }
}
