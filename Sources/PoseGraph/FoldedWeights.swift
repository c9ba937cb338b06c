import PoseCore

extension Graph {
  /// The weights of this network from a copy of it whose norms were folded into its convolutions, as exported files have it.
  ///
  /// Convolutions of both are matched in the order in which the outputs need them, and must be of the same shapes. A norm
  /// becomes the identity with the bias of its convolution, so that the network computes what the copy does; its
  /// statistics say nothing, and training must give it some first. Norms that the copy has still are taken as they are.
  ///
  /// - Parameters:
  ///   - copy: the folded network, whose outputs come from the same layers as this one's, in the same order; what lies
  ///     between may differ.
  ///   - weights: the copy's.
  /// - Throws: ``FoldedWeightsError`` where the copy is of another network.
  package func checkpoint(unfolding copy: Graph, _ weights: Checkpoint) throws(FoldedWeightsError) -> Checkpoint {
    let (own, others) = (convolutionsAsNeeded, copy.convolutionsAsNeeded)
    guard own.count == others.count else {
      throw .otherCount(network: name, own.count, file: others.count)
    }
    let (norms, otherNorms) = (normsByInput, copy.normsByInput)
    var found = [String: [Float]]()
    func set(_ parameter: ParameterID, _ values: [Float], at path: String) throws(FoldedWeightsError) {
      let name = parameters[parameter].name
      // Levels that share weights have norms of their own, whose factors are no longer told from the weights.
      guard found.updateValue(values, forKey: name).map({ $0 == values }) ?? true else { throw .shared(path: path) }
    }
    for (node, other) in zip(own, others) {
      let tensors = other.parameters.compactMap { weights[copy.parameters[$0].name] }
      guard let kernel = tensors.first, kernel.shape == parameters[node.parameters[0]].shape,
        node.operation.isConvolution(like: other.operation)
      else {
        throw .otherConvolution(
          path: node.path, needed: parameters[node.parameters[0]].shape, found: tensors.first?.shape ?? [])
      }
      let channels = kernel.shape[0]
      let bias = tensors.count > 1 ? tensors[1].floats : [Float](repeating: 0, count: channels)
      try set(node.parameters[0], kernel.floats, at: node.path)
      if node.parameters.count > 1 {
        try set(node.parameters[1], bias, at: node.path)
      } else if let norm = norms[node.output], let otherNorm = otherNorms[other.output] {
        guard !bias.contains(where: { $0 != 0 }) else { throw .noPlaceForBias(path: node.path) }
        for (own, theirs) in zip(norm.parameters.prefix(4), otherNorm.parameters) {
          try set(own, weights[copy.parameters[theirs].name]?.floats ?? [], at: node.path)
        }
      } else if let norm = norms[node.output] {
        try set(norm.parameters[0], [Float](repeating: 1, count: channels), at: node.path)
        try set(norm.parameters[1], bias, at: node.path)
        try set(norm.parameters[2], [Float](repeating: 0, count: channels), at: node.path)
        try set(norm.parameters[3], [Float](repeating: 1 - norm.epsilon, count: channels), at: node.path)
      } else if bias.contains(where: { $0 != 0 }) {
        throw .noPlaceForBias(path: node.path)
      }
    }
    var checkpoint = Checkpoint()
    for parameter in parameters {
      if parameter.role == .buffer(isInteger: true) { continue }
      guard let values = found[parameter.name] else { throw .unknownParameter(parameter.name) }
      checkpoint[parameter.name] = parameter.tensor { values }
    }
    return checkpoint
  }

  /// The parameters and epsilons of batch norms by what they read.
  private var normsByInput: [ValueID: (parameters: [ParameterID], epsilon: Float)] {
    var norms: [ValueID: (parameters: [ParameterID], epsilon: Float)] = [:]
    for node in nodes {
      guard case .batchNorm(let epsilon, _, _) = node.operation else { continue }
      norms[node.inputs[0]] = (node.parameters, epsilon)
    }
    return norms
  }

  /// The convolutions in the order in which they must run for one output after the other. However a file orders its
  /// operators, this order is the network's own.
  private var convolutionsAsNeeded: [Node] {
    var makers = [ValueID: Int](minimumCapacity: nodes.count)
    for (index, node) in nodes.enumerated() { makers[node.output] = index }
    var isDone = [Bool](repeating: false, count: nodes.count)
    var found: [Node] = []
    // The nodes that wait for their inputs, each with the number of the next input.
    var waiting: [(node: Int, input: Int)] = []
    for output in outputs {
      if let maker = makers[output.value], !isDone[maker] { waiting.append((maker, 0)) }
      while let (index, input) = waiting.popLast() {
        if isDone[index] { continue }
        let node = nodes[index]
        if input < node.inputs.count {
          waiting.append((index, input + 1))
          if let maker = makers[node.inputs[input]], !isDone[maker] { waiting.append((maker, 0)) }
          continue
        }
        isDone[index] = true
        if case .convolution = node.operation { found.append(node) }
      }
    }
    return found
  }
}

extension Operation {
  /// Whether both are convolutions that differ in their bias at most.
  fileprivate func isConvolution(like other: Operation) -> Bool {
    guard case .convolution(var own) = self, case .convolution(let other) = other else { return false }
    own.hasBias = other.hasBias
    return own == other
  }
}

/// Why weights with folded norms are not a network's.
public enum FoldedWeightsError: UserError, Hashable {
  case otherCount(network: String, Int, file: Int)
  case otherConvolution(path: String, needed: [Int], found: [Int])
  /// Layers that share weights, which differ after norms of their own were folded into them.
  case shared(path: String)
  case noPlaceForBias(path: String)
  case unknownParameter(String)

  public var description: String {
    switch self {
    case .otherCount(let network, let count, let file):
      "the file has \(file) convolutions and \(network) has \(count): name the configuration that the file was made from"
    case .otherConvolution(let path, let needed, let found):
      "the file's convolution in the place of \(path) has weights of \(found), not of \(needed), or other strides: "
        + "name the configuration that the file was made from"
    case .shared(let path):
      "\(path) shares its weights with other layers, and the file has folded norms of their own into each: "
        + "start from the published .pth file"
    case .noPlaceForBias(let path): "\(path) has no bias and no norm that could take the file's"
    case .unknownParameter(let name):
      "'\(name)' belongs to no convolution or its norm, so the file does not have it: start from a .pth file"
    }
  }
}
