/// What a network, or a layer of it, costs for one image.
public struct Cost: Sendable, Hashable {
  /// Trained parameters, each counted where it is first used.
  public var parameters = 0
  /// Multiply-adds of convolutions, dense layers and matrix products.
  public var multiplyAdds = 0
  /// The operations that the published tables count (torchstat's rules), zero for functions that are no modules.
  public var publishedFLOPs = 0

  static func + (a: Cost, b: Cost) -> Cost {
    Cost(
      parameters: a.parameters + b.parameters, multiplyAdds: a.multiplyAdds + b.multiplyAdds,
      publishedFLOPs: a.publishedFLOPs + b.publishedFLOPs)
  }
}

/// A row of a network's table.
public struct LayerCost: Sendable, Hashable {
  public let path: String
  public let operation: String
  /// Of the first input; axis 0 is the batch.
  public let inputShape: [Int]
  public let outputShape: [Int]
  public let cost: Cost
}

extension Graph {
  /// The whole network's cost for one image, with the parameters that only training uses.
  public var cost: Cost {
    var cost = layerCosts.reduce(Cost()) { $0 + $1.cost }
    let used = Set(nodes.flatMap(\.parameters))
    for (id, parameter) in parameters.enumerated() where parameter.isCounted && !used.contains(id) {
      cost.parameters += Tensor.count(of: parameter.shape) ?? 0
    }
    return cost
  }

  /// One row a node, in running order. A module that runs more than once has its published count at its last run only,
  /// as the published tool counts it.
  public var layerCosts: [LayerCost] {
    var seen: Set<ParameterID> = []
    var lastRun: [String: Int] = [:]
    for (index, node) in nodes.enumerated() where node.isModule { lastRun[node.path] = index }
    return nodes.enumerated().compactMap { index, node in
      if node.operation == .input { return nil }
      let fresh = node.parameters.filter { seen.insert($0).inserted && parameters[$0].isCounted }
      let isCounted = node.isModule && lastRun[node.path] == index
      return LayerCost(
        path: node.path, operation: node.operation.name, inputShape: node.inputs.first.map(shape(of:)) ?? [],
        outputShape: shape(of: node.output),
        cost: Cost(
          parameters: fresh.reduce(0) { $0 + (Tensor.count(of: parameters[$1].shape) ?? 0) },
          multiplyAdds: multiplyAdds(of: node), publishedFLOPs: isCounted ? publishedFLOPs(of: node) : 0))
    }
  }

  private func multiplyAdds(of node: Node) -> Int {
    node.operation.multiplyAdds(
      inputs: node.inputs.map(shape(of:)), output: shape(of: node.output),
      weightCount: node.parameters.first.flatMap { Tensor.count(of: parameters[$0].shape) } ?? 0)
  }

  private func publishedFLOPs(of node: Node) -> Int {
    let (inputs, outputs) = (node.inputs.first.map(count) ?? 0, count(node.output))
    switch node.operation {
    case .convolution(let convolution):
      return multiplyAdds(of: node) + (convolution.hasBias ? outputs : 0)
    case .linear: return multiplyAdds(of: node)
    case .batchNorm: return 2 * inputs
    case .unary(.relu), .unary(.relu6), .unary(.leakyReLU): return inputs
    // The published tool drops the channels here.
    case .resize(let resize): return resize.size.height * resize.size.width
    case .pool(let pooling):
      return pooling.kind == .max
        ? (pooling.kernel.height * pooling.kernel.width - 1) * outputs
        : pooling.kernel.height * pooling.kernel.width * outputs
    case .adaptiveAveragePool(let height, let width):
      let shape = shape(of: node.inputs[0])
      return shape[1] * readings(shape[2], height) * readings(shape[3], width)
    default: return 0
    }
  }

  private func count(_ value: ValueID) -> Int { Tensor.count(of: shape(of: value)) ?? 0 }

  /// How many entries of an axis all the bins together read, each counted with one more, as torchstat does.
  private func readings(_ extent: Int, _ bins: Int) -> Int {
    (0..<bins).reduce(0) { $0 + ((($1 + 1) * extent + bins - 1) / bins - $1 * extent / bins + 1) }
  }
}

extension Parameter {
  /// Whether the published counts have it.
  fileprivate var isCounted: Bool { role == .trainable || role == .fixed }
}

extension Operation {
  /// The multiply-adds of a convolution, a dense layer or a matrix product for one image; 0 for other operators.
  ///
  /// - Parameter weightCount: the number of scalars of the weight, without the bias.
  package func multiplyAdds(inputs: [[Int]], output: [Int], weightCount: Int) -> Int {
    let count = { (shape: [Int]) in Tensor.count(of: shape) ?? 0 }
    switch self {
    case .convolution: return output[1] > 0 ? count(output) / output[1] * weightCount : 0
    // A transposed convolution spreads each input instead of gathering for each output.
    case .transposedConvolution: return inputs[0][1] > 0 ? count(inputs[0]) / inputs[0][1] * weightCount : 0
    case .linear, .matmul: return count(output) * (inputs[0].last ?? 0)
    default: return 0
    }
  }

  /// A word for tables and messages.
  public var name: String {
    switch self {
    case .input: "input"
    case .parameter: "parameter"
    case .constant: "constant"
    case .convolution(let convolution): convolution.groups > 1 ? "grouped convolution" : "convolution"
    case .transposedConvolution: "transposed convolution"
    case .linear: "linear"
    case .batchNorm: "batch norm"
    case .layerNorm: "layer norm"
    case .unary(let function): function.rawValue
    case .binary(let function), .scalar(let function, _): function.rawValue
    case .matmul: "matmul"
    case .softmax: "softmax"
    case .pool(let pooling): pooling.kind == .max ? "max pool" : "average pool"
    case .adaptiveAveragePool: "adaptive average pool"
    case .resize(let resize): resize.mode == .nearest ? "nearest resize" : "bilinear resize"
    case .reduce(let reduction, _, _): reduction.rawValue
    case .concat: "concat"
    case .slice: "slice"
    case .reshape: "reshape"
    case .transpose: "transpose"
    case .pad: "pad"
    case .gather: "gather"
    case .gridSample: "grid sample"
    case .dropout: "dropout"
    case .detach: "detach"
    }
  }
}
