import PoseGraph

/// A network on LibTorch: the graph's operators with gradients, and weights that change.
///
/// Parameters have the graph's names, which are the published ones. What a network computes in training and in
/// evaluation is what the published code computes there.
public final class TrainableNetwork {
  public let graph: Graph
  public let device: Device
  /// Of parameters and activations; running in mixed precision changes neither.
  public let type: TorchType
  /// Every parameter's tensor, in the graph's order; running statistics are among them.
  public let parameters: [NamedParameter]
  /// Networks over some of the same parameters, such as the one that finds a person's joints for RTMO. Losses run them.
  public let parts: [TrainableNetwork]
  /// Layers whose norms keep their statistics in training too, and use them.
  private(set) var frozenLayers: Set<String> = []
  /// Whether batch norms use their statistics in training too, and keep them (`norm_eval` of MMPose's networks); their
  /// weights and biases learn as ever.
  public var holdsNormStatistics = false {
    didSet { for part in parts { part.holdsNormStatistics = holdsNormStatistics } }
  }
  /// The processes whose batches together batch norms take their statistics from in training (synchronised batch norm);
  /// nil for this process's own batches. Norms of ``parts`` take theirs from this process alone.
  public var normGroup: ProcessGroup?

  let steps: [PlannedStep]
  /// The same with each convolution and each norm by itself, for what looks between them.
  let layers: [PlannedStep]

  /// A parameter, what it is for, and its numbers.
  public struct NamedParameter {
    public let name: String
    public let role: Parameter.Role
    /// The path of the layer that the parameter belongs to.
    public let layer: String
    /// Whether that layer is a norm, whose parameters often are not decayed.
    public let isOfNorm: Bool
    public let tensor: TorchTensor

    public var isTrainable: Bool { role == .trainable }
  }

  /// Makes a network with a checkpoint's weights.
  ///
  /// - Parameters:
  ///   - parts: graphs whose parameters are among the network's. They become ``parts``.
  ///   - type: float32, or float64 to tell rounding from mistakes.
  /// - Throws: ``CheckpointMismatch`` where the weights are of another network, ``LibTorchError`` where LibTorch has not
  ///   the device or the memory, or where a part has a parameter of its own.
  public convenience init(
    _ graph: Graph, _ checkpoint: Checkpoint, parts: [Graph] = [], device: Device = .cpu, type: TorchType = .float32
  ) throws {
    try graph.check(checkpoint)
    if device.isCPU { LibTorch.prepareCPU() }
    let layers = parts.reduce(graph.layersOfParameters) { layers, part in
      layers.merging(part.layersOfParameters) { first, _ in first }
    }
    let parameters = try graph.parameters.map { parameter in
      let isCounter = parameter.role == .buffer(isInteger: true)
      let tensor =
        if let tensor = checkpoint[parameter.name] {
          try TorchTensor(tensor, device: device).to(isCounter ? .int64 : type)
        } else {
          try TorchTensor.zeros(parameter.shape, type: .int64, device: device)
        }
      if parameter.role == .trainable { try tensor.setRequiresGradient(true) }
      let layer = layers[parameter.name]
      return NamedParameter(
        name: parameter.name, role: parameter.role, layer: layer?.path ?? "",
        isOfNorm: layer?.operation.isNorm ?? false, tensor: tensor)
    }
    let networks = try parts.map { part in
      try TrainableNetwork(part, part.parameters(among: parameters), device: device, type: type)
    }
    try self.init(graph, parameters, parts: networks, device: device, type: type)
  }

  /// - Parameter parameters: the graph's, in its order.
  private init(
    _ graph: Graph, _ parameters: [NamedParameter], parts: [TrainableNetwork] = [], device: Device, type: TorchType
  ) throws(LibTorchError) {
    (self.graph, self.device, self.type) = (graph, device, type)
    (self.parameters, self.parts) = (parameters, parts)
    let tensors = parameters.map(\.tensor)
    steps = try graph.plannedSteps(tensors, type: type, device: device, joinsLayers: true)
    layers = try graph.plannedSteps(tensors, type: type, device: device, joinsLayers: false)
  }

  /// Runs the network on a batch.
  ///
  /// - Parameters:
  ///   - input: `N x C x H x W` as the graph's input with any `N`, of the network's type and on its device.
  ///   - isTraining: whether batch norms take their statistics from the batch, and dropout drops.
  /// - Returns: the outputs in the graph's order, with the history that gradients take unless they are off.
  /// - Throws: ``LibTorchError`` with the path of the layer at fault.
  public func callAsFunction(_ input: TorchTensor, isTraining: Bool) throws(LibTorchError) -> [TorchTensor] {
    try self(input, RunMode(isTraining: isTraining))
  }

  func callAsFunction(_ input: TorchTensor, _ mode: RunMode) throws(LibTorchError) -> [TorchTensor] {
    try check(input)
    var values = [TorchTensor?](repeating: nil, count: graph.values.count)
    for port in graph.inputs { values[port.value] = input }
    try run(steps[...], &values, mode)
    return try outputs(values)
  }

  /// Runs some of the steps in order, dropping values after their last use.
  func run(
    _ steps: ArraySlice<PlannedStep>, _ values: inout [TorchTensor?], _ mode: RunMode,
    keeping kept: Set<Graph.ValueID> = []
  ) throws(LibTorchError) {
    for step in steps {
      var inputs: [TorchTensor] = []
      for value in step.inputs {
        guard let tensor = values[value] else {
          throw LibTorchError(layer: step.path, operation: "run", reason: "an input is missing")
        }
        inputs.append(tensor)
      }
      do throws(LibTorchError) {
        var mode = mode
        mode.normGroup = normGroup
        let holdsStatistics = holdsNormStatistics && step.runsBatchNorm
        if holdsStatistics || frozenLayers.contains(step.normPath ?? step.path) { mode.isTraining = false }
        let results = try step.run(inputs, step.parameters, mode)
        for (output, result) in zip(step.outputs, results) { values[output] = result }
      } catch {
        var error = error
        error.layer = step.path
        throw error
      }
      for value in step.lastReads where !kept.contains(value) { values[value] = nil }
    }
  }

  func outputs(_ values: [TorchTensor?]) throws(LibTorchError) -> [TorchTensor] {
    var outputs: [TorchTensor] = []
    for port in graph.outputs {
      guard let tensor = values[port.value] else {
        throw LibTorchError(operation: "run", reason: "output '\(port.name)' was not computed")
      }
      outputs.append(tensor)
    }
    return outputs
  }

  func check(_ input: TorchTensor) throws(LibTorchError) {
    let expected = graph.inputs.first.map { graph.shape(of: $0.value) } ?? []
    let shape = input.shape
    guard graph.inputs.count == 1, shape.count == expected.count, shape.dropFirst() == expected.dropFirst(),
      shape.first != 0
    else {
      let wanted = (["N"] + expected.dropFirst().map(String.init)).joined(separator: " x ")
      throw LibTorchError(
        operation: "run",
        reason: "the network takes \(wanted), not \(shape.map(String.init).joined(separator: " x "))")
    }
    guard input.device.type == device.type else {
      throw LibTorchError(operation: "run", reason: "the input is on \(input.device), the network on \(device)")
    }
  }

  /// Excludes layers from training: their parameters keep their numbers, their batch norms their statistics, and they
  /// drop nothing. An optimiser made before knows nothing of it.
  ///
  /// - Parameter prefixes: of the layers' paths; `backbone.stem` is all below it.
  /// - Throws: ``LibTorchError`` where no layer has one of them.
  public func freeze(_ prefixes: [String]) throws(LibTorchError) {
    for prefix in prefixes {
      let isBelow = { (path: String) in path == prefix || path.hasPrefix(prefix + ".") }
      let layers = ([graph] + parts.map(\.graph)).flatMap(\.nodes).map(\.path).filter(isBelow)
      if layers.isEmpty {
        throw LibTorchError(layer: prefix, operation: "freeze", reason: "the network has no layer of that path")
      }
      for network in [self] + parts { network.frozenLayers.formUnion(layers) }
      for parameter in parameters where parameter.isTrainable && isBelow(parameter.layer) {
        try parameter.tensor.setRequiresGradient(false)
      }
    }
  }

  /// The present weights and statistics, as float32.
  public func checkpoint() throws(LibTorchError) -> Checkpoint {
    var checkpoint = Checkpoint()
    for parameter in parameters {
      let isCounter = parameter.role == .buffer(isInteger: true)
      checkpoint[parameter.name] = try parameter.tensor.detached().to(isCounter ? .int64 : .float32).tensor()
    }
    return checkpoint
  }
}

extension TrainableNetwork {
  /// Copies of what the network keeps by itself, such as running means.
  func statistics() throws(LibTorchError) -> [TorchTensor] {
    var copies: [TorchTensor] = []
    for parameter in parameters where !parameter.isTrainable { copies.append(try ATen.clone(parameter.tensor)) }
    return copies
  }

  func restore(statistics: [TorchTensor]) throws(LibTorchError) {
    try copyEach(statistics, to: parameters.filter { !$0.isTrainable }.map(\.tensor))
  }

  func copyStatistics(to copies: [TorchTensor]) throws(LibTorchError) {
    try copyEach(parameters.filter { !$0.isTrainable }.map(\.tensor), to: copies)
  }

  private func copyEach(_ sources: [TorchTensor], to targets: [TorchTensor]) throws(LibTorchError) {
    try withoutGradients { () throws(LibTorchError) in
      for (source, target) in zip(sources, targets) { try ATen.copyInPlace(target, source, nonBlocking: false) }
    }
  }
}

extension TrainableNetwork.NamedParameter {
  /// Takes over numbers of the same shape.
  public func copy(from tensor: Tensor) throws(LibTorchError) {
    guard tensor.shape == self.tensor.shape else {
      throw LibTorchError(operation: "copy", reason: "\(name) is \(self.tensor.shape), not \(tensor.shape)")
    }
    try withoutGradients { () throws(LibTorchError) in
      try ATen.copyInPlace(self.tensor, TorchTensor(tensor), nonBlocking: false)
    }
  }
}

extension Graph {
  /// By the name of each parameter, the first node that reads it.
  fileprivate var layersOfParameters: [String: Node] {
    var layers: [String: Node] = [:]
    for node in nodes {
      for id in node.parameters where layers[parameters[id].name] == nil { layers[parameters[id].name] = node }
    }
    return layers
  }

  /// A network's parameters that this graph has, too, in this graph's order.
  fileprivate func parameters(
    among all: [TrainableNetwork.NamedParameter]
  ) throws(LibTorchError) -> [TrainableNetwork.NamedParameter] {
    var own: [TrainableNetwork.NamedParameter] = []
    for parameter in parameters {
      guard let shared = all.first(where: { $0.name == parameter.name && $0.tensor.shape == parameter.shape }) else {
        throw LibTorchError(operation: "part", reason: "the network has no \(parameter.name) of \(parameter.shape)")
      }
      own.append(shared)
    }
    return own
  }
}

extension Operation {
  /// Whether this is a batch norm or a layer norm.
  var isNorm: Bool {
    switch self {
    case .batchNorm, .layerNorm: true
    default: false
    }
  }
}
