import CTorch
import PoseGraph

/// A network's run on a batch in training, and the way back for its gradients.
///
/// With segments, only what passes between them is kept, and each runs again on the way back: memory for time (Chen et
/// al., Training Deep Nets with Sublinear Memory Cost, 2016). Gradients are the same, bit for bit.
public final class TrainingPass {
  /// In the graph's order.
  public let outputs: [TorchTensor]

  private let network: TrainableNetwork
  private let precision: MixedPrecision
  private var segments: [Segment] = []

  private struct Segment {
    let steps: Range<Int>
    /// What it reads of what came before.
    let inputs: [(value: Graph.ValueID, tensor: TorchTensor)]
    /// Of dropout, before it ran.
    let randomState: TorchTensor?
  }

  /// Runs the network.
  ///
  /// - Parameters:
  ///   - segments: in how many parts to keep the network's values; 1 keeps all.
  ///   - updatesStatistics: whether batch norms' running statistics move.
  /// - Throws: ``LibTorchError`` with the path of the layer at fault.
  public init(
    _ network: TrainableNetwork, _ input: TorchTensor, precision: MixedPrecision = .none, segments: Int = 1,
    updatesStatistics: Bool = true
  ) throws(LibTorchError) {
    self.network = network
    self.precision = precision
    let mode = RunMode(isTraining: true, updatesStatistics: updatesStatistics)
    guard segments > 1 else {
      outputs = try precision(on: network.device) { () throws(LibTorchError) in try network(input, mode) }
      return
    }
    try network.check(input)
    let graph = network.graph
    var values = [TorchTensor?](repeating: nil, count: graph.values.count)
    for port in graph.inputs { values[port.value] = input }
    let ranges = network.segments(segments)
    for range in ranges {
      let read = network.reads(of: range)
      var inputs: [(Graph.ValueID, TorchTensor)] = []
      for value in read { if let tensor = values[value] { inputs.append((value, tensor)) } }
      self.segments.append(
        Segment(steps: range, inputs: inputs, randomState: try network.hasDropout ? network.device.randomState() : nil))
      try precision(on: network.device) { () throws(LibTorchError) in
        try withoutGradients { () throws(LibTorchError) in
          try network.run(network.steps[range], &values, mode)
        }
      }
    }
    var outputs: [TorchTensor] = []
    for output in try network.outputs(values) {
      let leaf = try output.detached()
      try leaf.setRequiresGradient(true)
      outputs.append(leaf)
    }
    self.outputs = outputs
  }

  /// Adds the gradients of a number computed from the outputs to those of the network's parameters. Once only.
  public func backward(from loss: TorchTensor) throws(LibTorchError) {
    try loss.backward()
    if segments.isEmpty { return }
    var gradients: [Graph.ValueID: TorchTensor] = [:]
    for (port, output) in zip(network.graph.outputs, outputs) {
      if let gradient = output.gradient { try Self.add(gradient, to: &gradients[port.value]) }
    }
    while let segment = segments.popLast() { try runAgain(segment, &gradients) }
  }

  private func runAgain(
    _ segment: Segment, _ gradients: inout [Graph.ValueID: TorchTensor]
  ) throws(LibTorchError) {
    var values = [TorchTensor?](repeating: nil, count: network.graph.values.count)
    var leaves: [(Graph.ValueID, TorchTensor)] = []
    for (value, tensor) in segment.inputs {
      let leaf = try tensor.detached()
      if !network.graph.inputs.contains(where: { $0.value == value }) { try leaf.setRequiresGradient(true) }
      values[value] = leaf
      leaves.append((value, leaf))
    }
    let made = network.steps[segment.steps].flatMap(\.outputs).filter { gradients[$0] != nil }
    let present = try segment.randomState == nil ? nil : network.device.randomState()
    if let state = segment.randomState { try network.device.setRandomState(state) }
    try precision(on: network.device) { () throws(LibTorchError) in
      try withGradients { () throws(LibTorchError) in
        try network.run(
          network.steps[segment.steps], &values, RunMode(isTraining: true, updatesStatistics: false), keeping: Set(made)
        )
      }
    }
    if let present { try network.device.setRandomState(present) }
    var roots: [(TorchTensor, gradient: TorchTensor?)] = []
    for value in made {
      if let tensor = values[value], tensor.requiresGradient { roots.append((tensor, gradients[value])) }
      gradients[value] = nil
    }
    if roots.isEmpty { return }
    values = []
    try TorchTensor.backward(from: roots)
    for (value, leaf) in leaves {
      if let gradient = leaf.gradient { try Self.add(gradient, to: &gradients[value]) }
    }
  }

  private static func add(_ gradient: TorchTensor, to sum: inout TorchTensor?) throws(LibTorchError) {
    sum = try sum.map { present throws(LibTorchError) in try ATen.add(present, gradient, alpha: 1) } ?? gradient
  }
}

extension TrainableNetwork {
  /// Parts of the network whose values take about the same memory.
  fileprivate func segments(_ count: Int) -> [Range<Int>] {
    let sizes = steps.map { $0.outputs.reduce(0) { $0 + (Tensor.count(of: graph.shape(of: $1)) ?? 0) } }
    let share = max(sizes.reduce(0, +) / max(count, 1), 1)
    var ranges: [Range<Int>] = []
    var (start, size) = (0, 0)
    for (index, own) in sizes.enumerated() {
      size += own
      let nextChangesThis = index + 1 < steps.count && steps[index + 1].changesInput
      if size >= share, ranges.count < count - 1, !nextChangesThis {
        ranges.append(start..<index + 1)
        (start, size) = (index + 1, 0)
      }
    }
    return start < steps.count ? ranges + [start..<steps.count] : ranges
  }

  /// The values that a part reads and does not make itself.
  fileprivate func reads(of range: Range<Int>) -> [Graph.ValueID] {
    let made = Set(steps[range].flatMap(\.outputs))
    var seen: Set<Graph.ValueID> = []
    return steps[range].flatMap(\.inputs).filter { !made.contains($0) && seen.insert($0).inserted }
  }

  fileprivate var hasDropout: Bool {
    graph.nodes.contains { if case .dropout = $0.operation { true } else { false } }
  }
}
