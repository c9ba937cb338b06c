import Foundation
import PoseGraph

/// What a layer that only the student has should give: a module's result in the teacher.
public struct LayerCounterpart {
  /// Finds the layer's path.
  public var layer: NSRegularExpression
  /// The teacher's module; `$1` is what the first group found.
  public var module: String
  /// What the teacher's values are multiplied by, for layers that gates follow.
  public var gain: Double

  public init(layer: NSRegularExpression, module: String, gain: Double = 1) {
    (self.layer, self.module, self.gain) = (layer, module, gain)
  }

  func module(for path: String) -> String? {
    let whole = NSRange(path.startIndex..., in: path)
    guard layer.firstMatch(in: path, range: whole) != nil else { return nil }
    return layer.stringByReplacingMatches(in: path, range: whole, withTemplate: module)
  }
}

extension TrainableNetwork {
  /// Fits 1x1 and depthwise convolutions, in the network's order, to reproduce the teacher layer's output for the inputs
  /// that they actually receive, by least squares and without gradients (after He et al., Channel Pruning, ICCV 2017).
  /// Norms get the statistics of their inputs.
  ///
  /// - Parameters:
  ///   - teacher: layers of the same path and shape are each other's counterparts.
  ///   - counterparts: of layers that the teacher has not.
  ///   - ridge: how much weights are held to the teacher's, as a share of the inputs' variance.
  /// - Throws: ``LibTorchError`` with the path of the layer at fault.
  public func fitLayers(
    to teacher: TrainableNetwork, counterparts: [LayerCounterpart] = [], on input: TorchTensor, ridge: Double = 0.02
  ) throws(LibTorchError) {
    try check(input)
    try withoutGradients { () throws(LibTorchError) in
      let targets = graph.nodes.map { teacher.target(for: $0, in: graph, counterparts) }
      let guide = TeacherWalk(teacher, input, keeping: Set(targets.compactMap { $0?.value }))
      let nodes = Dictionary(graph.nodes.enumerated().map { ($1.output, $0) }, uniquingKeysWith: { first, _ in first })
      var values = [TorchTensor?](repeating: nil, count: graph.values.count)
      for port in graph.inputs { values[port.value] = input }
      let gates = Set(graph.nodes.filter { $0.operation == .unary(.sigmoid) }.map { $0.inputs[0] })
      let read = Set(layers.filter { $0.normEpsilon != nil }.map { $0.inputs[0] })
      // What a norm should give on the mean, by the value that it reads.
      var means: [Graph.ValueID: TorchTensor] = [:]
      for (index, step) in layers.enumerated() {
        if let node = nodes[step.output], let x = values[step.inputs[0]] {
          if case .convolution(let convolution) = graph.nodes[node].operation, let target = targets[node] {
            means[step.output] = try fit(step, convolution, x, to: guide.value(of: target), ridge: ridge)
          }
        }
        if step.normEpsilon != nil, let x = values[step.inputs[0]] {
          try setStatistics(of: step, to: x, mean: means[step.inputs[0]])
          if gates.contains(step.output) {
            try ATen.copyInPlace(
              step.parameters[0], ATen.mulScalar(ATen.ones_like(step.parameters[0]), b: Self.gateDeviation),
              nonBlocking: false)
          }
        }
        try run(layers[index...index], &values, RunMode(isTraining: false))
        if let node = nodes[step.output], targets[node] == nil, read.contains(step.output),
          case .convolution = graph.nodes[node].operation, let y = values[step.output]
        {
          values[step.output] = try scale(step, y)
        }
      }
    }
  }

  /// - Returns: the mean that the layer should give; nil where it stays as it is.
  private func fit(
    _ step: PlannedStep, _ convolution: Convolution, _ x: TorchTensor, to y: TorchTensor, ridge: Double
  ) throws(LibTorchError) -> TorchTensor? {
    let weight = step.parameters[0]
    let images = max(1, min(x.shape[0], Self.mostPlaces / max(y.shape[2] * y.shape[3], 1)))
    let x = try ATen.slice(x, axis: 0, start: 0, end: images, step: 1)
    let y = try ATen.slice(y, axis: 0, start: 0, end: images, step: 1)
    guard let patches = try convolution.patches(of: x, outputShape: y.shape, weightShape: weight.shape) else {
      return nil
    }
    let (groups, rows, samples) = (patches.shape[0], patches.shape[1], patches.shape[2])
    let wanted = try ATen.reshape(ATen.permute(y, order: [1, 0, 2, 3]), shape: [groups, -1, samples])
    func centered(_ tensor: TorchTensor) throws(LibTorchError) -> (TorchTensor, mean: TorchTensor) {
      let mean = try ATen.meanAxes(tensor, axes: [2], keepsAxes: true, type: nil)
      return (try ATen.sub(tensor, mean, alpha: 1), mean)
    }
    let ((inputs, inputMean), (outputs, outputMean)) = (try centered(patches), try centered(wanted))
    let turned = try ATen.permute(inputs, order: [0, 2, 1])
    let share = 1 / Double(samples)
    let squares = try ATen.mulScalar(ATen.matmul(inputs, turned), b: share).floats()
    let products = try ATen.mulScalar(ATen.matmul(outputs, turned), b: share).floats()
    let prior = try weight.floats()
    let columns = wanted.shape[1]
    var fitted: [Float] = []
    for group in 0..<groups {
      let system = RidgeSystem(
        squares: Array(squares[group * rows * rows..<(group + 1) * rows * rows]), size: rows, ridge: ridge)
      for column in 0..<columns {
        let start = (group * columns + column) * rows
        fitted += system.solve(Array(products[start..<start + rows]), prior: Array(prior[start..<start + rows]))
      }
    }
    let solution = try TorchTensor(fitted, [groups, columns, rows], device: device)
    try ATen.copyInPlace(weight, ATen.reshape(solution, shape: weight.shape), nonBlocking: false)
    if convolution.hasBias {
      let bias = try ATen.sub(outputMean, ATen.matmul(solution, inputMean), alpha: 1)
      try ATen.copyInPlace(step.parameters[1], ATen.reshape(bias, shape: [-1]), nonBlocking: false)
    }
    return try ATen.reshape(outputMean, shape: [-1])
  }

  /// A layer is fitted to no more places than these: weights are few.
  private static let mostPlaces = 200_000

  /// Norms before gates that the teacher has not start with so small a weight that gates hardly differ.
  private static let gateDeviation = 0.2

  /// Gives a convolution that the teacher has not weights of a size that training changes little at a time: its norm takes
  /// any size for the same.
  private func scale(_ step: PlannedStep, _ y: TorchTensor) throws(LibTorchError) -> TorchTensor {
    let mean = try ATen.mean(y, type: nil)
    let square = try ATen.mean(ATen.mul(y, y), type: nil)
    let variance = try ATen.sub(square, ATen.mul(mean, mean), alpha: 1).item()
    guard variance > 0 else { return y }
    let factor = 1 / variance.squareRoot()
    try ATen.mulScalarInPlace(step.parameters[0], b: factor)
    return try ATen.mulScalar(y, b: factor)
  }

  /// - Parameter mean: what the norm should give on the mean, with the deviation of what it reads; nil to keep its weight
  ///   and bias.
  private func setStatistics(
    of step: PlannedStep, to x: TorchTensor, mean: TorchTensor?
  ) throws(LibTorchError) {
    guard let epsilon = step.normEpsilon else { return }
    let own = try ATen.meanAxes(x, axes: [0, 2, 3], keepsAxes: false, type: nil)
    let square = try ATen.meanAxes(ATen.mul(x, x), axes: [0, 2, 3], keepsAxes: false, type: nil)
    let variance = try ATen.relu(ATen.sub(square, ATen.mul(own, own), alpha: 1))
    try ATen.copyInPlace(step.parameters[2], own, nonBlocking: false)
    try ATen.copyInPlace(step.parameters[3], variance, nonBlocking: false)
    guard let mean else { return }
    let deviation = try ATen.sqrt(ATen.addScalar(variance, b: epsilon, alpha: 1))
    try ATen.copyInPlace(step.parameters[0], deviation, nonBlocking: false)
    try ATen.copyInPlace(step.parameters[1], mean, nonBlocking: false)
  }
}

/// A value in the teacher that a layer of the student should give, and what is done to it first.
private struct LayerTarget {
  let value: Graph.ValueID
  /// Weight, bias, mean, variance and epsilon of the norm that follows.
  var norm: (parameters: [TorchTensor], epsilon: Double)?
  var gain = 1.0
}

extension TrainableNetwork {
  /// What a student's convolution should give.
  fileprivate func target(
    for node: Graph.Node, in student: Graph, _ counterparts: [LayerCounterpart]
  ) -> LayerTarget? {
    guard case .convolution = node.operation else { return nil }
    func weightShape(_ graph: Graph, _ node: Graph.Node) -> [Int] { graph.parameters[node.parameters[0]].shape }
    if let same = graph.nodes.first(where: { $0.path == node.path && $0.operation == node.operation }),
      weightShape(graph, same) == weightShape(student, node)
    {
      let norm = layers.first { $0.normEpsilon != nil && $0.inputs[0] == same.output }
      return LayerTarget(
        value: same.output, norm: norm.flatMap { step in step.normEpsilon.map { (step.parameters, $0) } })
    }
    for counterpart in counterparts {
      guard let module = counterpart.module(for: node.path) else { continue }
      let inside = graph.nodes.filter { $0.path == module || $0.path.hasPrefix(module + ".") }
      if let last = inside.last { return LayerTarget(value: last.output, gain: counterpart.gain) }
    }
    return nil
  }
}

/// Runs a network only as far as the values that are asked for.
private final class TeacherWalk {
  private let network: TrainableNetwork
  private var kept: Set<Graph.ValueID>
  private var values: [TorchTensor?]
  private var next = 0

  init(_ network: TrainableNetwork, _ input: TorchTensor, keeping kept: Set<Graph.ValueID>) {
    (self.network, self.kept) = (network, kept)
    values = [TorchTensor?](repeating: nil, count: network.graph.values.count)
    for port in network.graph.inputs { values[port.value] = input }
  }

  func value(of target: LayerTarget) throws(LibTorchError) -> TorchTensor {
    while values[target.value] == nil, next < network.layers.count {
      try network.run(network.layers[next...next], &values, RunMode(isTraining: false), keeping: kept)
      next += 1
    }
    guard var value = values[target.value] else {
      throw LibTorchError(operation: "fit", reason: "the teacher does not compute value \(target.value)")
    }
    // Each is asked for once, and memory is short: it goes now, or with its last reader.
    kept.remove(target.value)
    if !network.layers[next...].contains(where: { $0.inputs.contains(target.value) }) { values[target.value] = nil }
    if let (parameters, epsilon) = target.norm {
      value = try ATen.batch_norm(
        value, parameters[0], parameters[1], parameters[2], parameters[3], training: false, momentum: 0,
        epsilon: epsilon, cudnn: false)
    }
    return target.gain == 1 ? value : try ATen.mulScalar(value, b: target.gain)
  }
}

extension Convolution {
  /// What each output is computed from: groups x weights of one output x places. Nil for convolutions that are neither
  /// 1x1 nor depthwise.
  fileprivate func patches(
    of x: TorchTensor, outputShape: [Int], weightShape: [Int]
  ) throws(LibTorchError) -> TorchTensor? {
    let samples = outputShape[0] * outputShape[2] * outputShape[3]
    if groups == 1, kernel == 1, stride == 1 {
      return try ATen.reshape(ATen.permute(x, order: [1, 0, 2, 3]), shape: [1, weightShape[1], samples])
    }
    guard groups == weightShape[0], weightShape[1] == 1, dilation == 1 else { return nil }
    let padded = try ATen.constant_pad_nd(
      x, amounts: [padding.width, padding.width, padding.height, padding.height], value: 0)
    var taps: [TorchTensor] = []
    for row in 0..<kernel.height {
      let rows = try ATen.slice(
        padded, axis: 2, start: row, end: row + (outputShape[2] - 1) * stride.height + 1, step: stride.height)
      for column in 0..<kernel.width {
        taps.append(
          try ATen.slice(
            rows, axis: 3, start: column, end: column + (outputShape[3] - 1) * stride.width + 1, step: stride.width))
      }
    }
    return try ATen.reshape(
      ATen.permute(ATen.stack(taps, axis: 0), order: [2, 0, 1, 3, 4]), shape: [groups, taps.count, samples])
  }
}
