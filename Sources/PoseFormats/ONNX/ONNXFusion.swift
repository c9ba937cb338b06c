import PoseGraph

/// Finds functions that files write as several nodes, and replaces each of them by one node.
struct ONNXFusion {
  private(set) var nodes: [ONNXNode]
  private let initializers: [String: ONNXTensorProto]
  private var makers: [String: Int] = [:]
  private var readers: [String: Int] = [:]
  private var gone: Set<Int> = []

  init(_ nodes: [ONNXNode], _ initializers: [String: ONNXTensorProto], outputs: [String]) {
    self.nodes = nodes
    self.initializers = initializers
    for (index, node) in nodes.enumerated() {
      for output in node.outputs { makers[output] = index }
      for input in node.inputs { readers[input, default: 0] += 1 }
    }
    for output in outputs { readers[output, default: 0] += 1 }
    for index in nodes.indices {
      switch nodes[index].type {
      case "Mul":
        if !foldGELU(index), !foldSwish(index, "Sigmoid", "Silu") { _ = foldSwish(index, "HardSigmoid", "HardSwish") }
      case "Div": foldHardSwish(index)
      case "Add": foldLinear(index)
      default: break
      }
    }
    self.nodes = self.nodes.indices.filter { !gone.contains($0) }.map { self.nodes[$0] }
  }

  // MARK: Patterns

  /// `x * sigmoid(x)`.
  private mutating func foldSwish(_ index: Int, _ gate: String, _ name: String) -> Bool {
    for (x, y) in sides(index) {
      guard let inner = maker(of: y, gate), nodes[inner].input(0) == x else { continue }
      if gate == "HardSigmoid", !isStandardHardSigmoid(nodes[inner]) { continue }
      replace(index, by: name, [x], removing: [inner])
      return true
    }
    return false
  }

  private func isStandardHardSigmoid(_ node: ONNXNode) -> Bool {
    abs(node.number("alpha", 0.2) - 1 / 6) < 1e-6 && node.number("beta", 0.5) == 0.5
  }

  /// `x * clip(x + 3, 0, 6) / 6`.
  private mutating func foldHardSwish(_ index: Int) {
    guard let x = nodes[index].input(0), let product = maker(of: x, "Mul"), number(nodes[index].input(1)) == 6 else {
      return
    }
    for (x, y) in sides(product) {
      guard let clip = maker(of: y, "Clip"), number(nodes[clip].input(1)) == 0, number(nodes[clip].input(2)) == 6,
        let shifted = nodes[clip].input(0), let sum = maker(of: shifted, "Add"), reads(sum, x, and: 3)
      else { continue }
      return replace(index, by: "HardSwish", [x], removing: [product, clip, sum])
    }
  }

  /// `x * (erf(x / sqrt(2)) + 1) * 0.5`.
  private mutating func foldGELU(_ index: Int) -> Bool {
    for (half, product) in sides(index) where number(half) == 0.5 {
      guard let product = maker(of: product, "Mul") else { continue }
      for (x, sum) in sides(product) {
        guard let sum = maker(of: sum, "Add") else { continue }
        for (erf, one) in sides(sum) where number(one) == 1 {
          guard let erf = maker(of: erf, "Erf"), let argument = nodes[erf].input(0),
            let scaled = scaling(argument, of: x)
          else { continue }
          replace(index, by: "Gelu", [x], removing: [product, sum, erf, scaled])
          return true
        }
      }
    }
    return false
  }

  /// The node that computes `value` by multiplying `x` by the square root of one half.
  private func scaling(_ value: String, of x: String) -> Int? {
    if let node = maker(of: value, "Mul") {
      let factor = sides(node).first { $0.0 == x }.flatMap { number($0.1) }
      return factor.map { abs($0 - Float(0.5).squareRoot()) < 1e-6 } == true ? node : nil
    }
    guard let node = maker(of: value, "Div"), nodes[node].input(0) == x, let divisor = number(nodes[node].input(1)),
      abs(divisor - Float(2).squareRoot()) < 1e-6
    else { return nil }
    return node
  }

  /// A product with a matrix of weights, followed by a bias.
  private mutating func foldLinear(_ index: Int) {
    for (bias, product) in sides(index) {
      guard let inner = maker(of: product, "MatMul"), let weight = nodes[inner].input(1), let x = nodes[inner].input(0),
        let shape = initializers[weight]?.dims, shape.count == 2, initializers[bias]?.dims == [shape[1]],
        initializers[x] == nil
      else { continue }
      let (path, isModule) = (nodes[inner].path, nodes[inner].isModule)
      replace(index, by: "Linear", [x, weight, bias], removing: [inner])
      (nodes[index].path, nodes[index].isModule) = (path, isModule)
      return
    }
  }

  // MARK: Searching the nodes

  /// The two inputs of a node, in both orders.
  private func sides(_ index: Int) -> [(String, String)] {
    let inputs = nodes[index].inputs
    guard inputs.count == 2, inputs.allSatisfy({ !$0.isEmpty }) else { return [] }
    return [(inputs[0], inputs[1]), (inputs[1], inputs[0])]
  }

  /// The node of the given type that computes a value, if only one node reads the value.
  private func maker(of value: String, _ type: String) -> Int? {
    guard let index = makers[value], nodes[index].type == type, readers[value] == 1, !gone.contains(index) else {
      return nil
    }
    return index
  }

  private func reads(_ index: Int, _ value: String, and number: Float) -> Bool {
    sides(index).contains { $0.0 == value && self.number($0.1) == number }
  }

  /// The only scalar of a constant.
  private func number(_ name: String?) -> Float? {
    guard let name else { return nil }
    let tensor =
      initializers[name]
      ?? makers[name].flatMap { nodes[$0].type == "Constant" ? nodes[$0].attributes["value"]?.t : nil }
    // Only small tensors are decoded, because any number of nodes can read them.
    guard let tensor, tensor.dims.allSatisfy({ $0 == 1 }), tensor.rawData.count <= 8, tensor.floatData.count <= 1,
      tensor.doubleData.count <= 1, tensor.int32Data.count <= 1, tensor.int64Data.count <= 1
    else { return nil }
    return (try? ONNXConstant(tensor, name: name))?.number
  }

  private mutating func replace(_ index: Int, by type: String, _ inputs: [String], removing others: [Int]) {
    nodes[index].type = type
    nodes[index].inputs = inputs
    nodes[index].attributes = [:]
    // If one of the removed nodes is the first node of a module, the new node becomes that first node.
    if let first = others.first(where: { nodes[$0].isModule }) { nodes[index].isModule = nodes[first].isModule }
    gone.formUnion(others)
  }
}
