import PoseGraph

/// Converts the nodes of a file into nodes of a graph, one after the other.
struct ONNXImport {
  /// A value of the file, which is either known now or computed by the graph.
  enum Operand {
    case constant(ONNXConstant)
    case value(Value)

    var shape: [Int] {
      switch self {
      case .constant(let constant): constant.shape
      case .value(let value): value.shape
      }
    }

    var constant: ONNXConstant? { if case .constant(let constant) = self { constant } else { nil } }
  }

  /// The largest number of scalars of a value. A network that fits into memory has no larger one.
  static let mostScalars = 1 << 31

  let file: ONNXFile
  let scope: Scope
  private(set) var checkpoint = Checkpoint()
  private var operands: [String: Operand] = [:]
  /// The initializers that a node has already read.
  private var known: Set<String> = []
  /// The number of scalars that may still be kept in addition to the file's. There must be a limit, because each of
  /// many nodes can ask for much.
  private(set) var budget: Int
  private let wholeBudget: Int
  /// The number of scalars that may still be decoded repeatedly.
  private var repeats = 1 << 28

  /// The smallest budget, which every file has, however small it is.
  static let leastBudget = 1 << 24

  init(_ file: ONNXFile, scope: Scope, input: (name: String, value: Value)) {
    self.file = file
    self.scope = scope
    // This suffices to transpose each weight of the file once and to keep it twice more, even if it has only two bytes.
    wholeBudget = Self.leastBudget + 2 * file.byteCount
    budget = wholeBudget
    operands[input.name] = .value(input.value)
  }

  mutating func read(_ node: ONNXNode) throws(ONNXError) {
    do {
      let loaded = try load(node)
      for (name, operand) in zip(node.outputs, try results(of: node)) where !name.isEmpty {
        if case .constant(let constant) = operand { try spend(constant.count) }
        let count = Tensor.count(of: operand.shape) ?? .max
        try node.require(
          count <= Self.mostScalars && operand.shape.count <= ONNXConstant.mostAxes,
          "its output of \(operand.shape) is too large")
        operands[name] = operand
      }
      for name in loaded { operands[name] = nil }
    } catch let error as ONNXError {
      throw error
    } catch let error as ONNXRefusal {
      throw .unsupported(node: node.name, operation: node.type, reason: error.reason)
    } catch let error as GraphError {
      throw .unsupported(node: node.name, operation: node.type, reason: error.reason)
    } catch {
      throw .unsupported(node: node.name, operation: node.type, reason: "\(error)")
    }
  }

  /// Decodes the initializers of a node and returns their names. They are removed again after the node. The first time
  /// that an initializer is decoded costs nothing.
  private mutating func load(_ node: ONNXNode) throws -> [String] {
    var loaded: [String] = []
    for name in node.inputs where operands[name] == nil {
      guard let tensor = file.initializers[name] else { continue }
      let constant = try ONNXConstant(tensor, name: name)
      if !known.insert(name).inserted {
        repeats -= min(constant.count, repeats)
        if repeats == 0 { throw ONNXRefusal("it and the nodes before it read the same weights too often") }
      }
      operands[name] = .constant(constant)
      loaded.append(name)
    }
    return loaded
  }

  mutating func spend(_ count: Int) throws {
    if count > budget { throw tooMuch }
    budget -= count
  }

  var tooMuch: ONNXRefusal {
    ONNXRefusal(
      "the values to compute before the network runs have more than \(wholeBudget) scalars, the limit for a file "
        + "of this size: simplify it first, or ask for outputs that come before this node")
  }

  /// The requested values with their names.
  mutating func outputs(_ names: [String]) throws(ONNXError) -> [(name: String, value: Value)] {
    var values: [(name: String, value: Value)] = []
    for name in names {
      let node = ONNXNode(.with { ($0.name, $0.opType) = (name, "output") }, isOurs: false)
      do {
        values.append((name, try value(try operand(name, of: node), named: name, of: node)))
      } catch let error as ONNXError {
        throw error
      } catch {
        throw .unsupported(node: name, operation: "output", reason: "\(error)")
      }
    }
    return values
  }

  private mutating func results(of node: ONNXNode) throws -> [Operand] {
    if node.type == "Split" { return try split(node) }
    var inputs: [Operand?] = []
    for index in node.inputs.indices { inputs.append(try optional(index, of: node)) }
    try node.require(
      node.outputs.dropFirst().allSatisfy(\.isEmpty) || node.type == "Dropout" || node.type == "BatchNormalization",
      "only its first output is supported")
    if node.type == "Shape" || node.type == "Size" { return [try shape(node)] }
    if inputs.allSatisfy({ $0 == nil || $0?.constant != nil }),
      let folded = try folded(node, inputs.map { $0?.constant })
    {
      return [.constant(folded)]
    }
    return [try layer(node) ?? function(node) ?? movement(node) ?? refuse(node)]
  }

  private func refuse(_ node: ONNXNode) throws -> Operand {
    throw ONNXRefusal("this operator is not supported; ask for outputs that come before it")
  }

  // MARK: Operands

  /// A value of the file, or nil if it has not been read.
  func known(_ name: String) -> Operand? {
    if let operand = operands[name] { return operand }
    guard let tensor = file.initializers[name], let constant = try? ONNXConstant(tensor, name: name) else { return nil }
    return .constant(constant)
  }

  /// Adds nodes that the file does not have.
  mutating func adding<Result>(
    _ name: String, _ body: (inout ONNXImport, ONNXNode) throws -> Result
  ) throws(ONNXError) -> Result {
    do {
      return try body(&self, ONNXNode(.with { ($0.name, $0.opType) = (name, name) }, isOurs: false))
    } catch {
      throw .unsupported(node: name, operation: name, reason: (error as? ONNXRefusal)?.reason ?? "\(error)")
    }
  }

  func operand(_ name: String, of node: ONNXNode) throws -> Operand {
    if let operand = operands[name] { return operand }
    guard let tensor = file.initializers[name] else { throw ONNXError.undefined(value: name, node: node.name) }
    return .constant(try ONNXConstant(tensor, name: name))
  }

  func optional(_ index: Int, of node: ONNXNode) throws -> Operand? {
    try node.input(index).map { try operand($0, of: node) }
  }

  func operand(_ index: Int, of node: ONNXNode) throws -> Operand {
    guard let operand = try optional(index, of: node) else { throw ONNXRefusal("input \(index) is missing") }
    return operand
  }

  /// An input that must be constant, or nil if there is none. An input that only the running network computes is
  /// refused.
  func constant(_ index: Int, of node: ONNXNode) throws -> ONNXConstant? {
    guard let operand = try optional(index, of: node) else { return nil }
    guard let constant = operand.constant else {
      throw ONNXRefusal("input \(index), '\(node.inputs[index])', must be known before the network runs")
    }
    return constant
  }

  /// Integers of an attribute or, in newer operator sets, of an input.
  func integers(_ name: String, _ index: Int, of node: ONNXNode) throws -> [Int]? {
    if let values = node.integers(name) { return values }
    guard let constant = try constant(index, of: node) else { return nil }
    guard let integers = constant.integers else { throw ONNXRefusal("input \(index) should hold integers") }
    return integers
  }

  /// An input as the graph's value; a constant becomes a parameter.
  mutating func value(_ index: Int, of node: ONNXNode) throws -> Value {
    try value(try operand(index, of: node), named: node.inputs[index], of: node)
  }

  private mutating func value(_ operand: Operand, named name: String, of node: ONNXNode) throws -> Value {
    switch operand {
    case .value(let value): return value
    case .constant(let constant):
      return try add(.parameter, [], parameters: [try parameter(constant, named: name)], node)
    }
  }

  // MARK: The graph

  func add(
    _ operation: Operation, _ inputs: [Value], parameters: [Scope.NamedParameter] = [], _ node: ONNXNode
  ) throws -> Value {
    // Sizes are checked after each step, so that the next step cannot overflow.
    let value = try scope.node(
      operation, inputs, parameters: parameters, path: node.path,
      isModule: node.isModule || (!parameters.isEmpty && operation != .parameter))
    let count = Tensor.count(of: value.shape) ?? .max
    try node.require(count <= Self.mostScalars, "its output of \(value.shape) is too large")
    return value
  }

  /// Keeps a constant with the weights. If the name is already taken by a constant with other scalars, a number is
  /// appended to it.
  mutating func parameter(
    _ constant: ONNXConstant, named name: String, shape: [Int]? = nil, role: Parameter.Role = .trainable
  ) throws -> Scope.NamedParameter {
    let tensor = try Tensor(shape: shape ?? constant.shape, constant.floats)
    var (candidate, count) = (name, 0)
    while let other = checkpoint[candidate], other != tensor {
      count += 1
      candidate = "\(name).\(count)"
    }
    if checkpoint[candidate] == nil {
      try spend(constant.count)
      checkpoint[candidate] = tensor
    }
    return Scope.NamedParameter(candidate, tensor.shape, role: role)
  }

  /// The counter of batches, which ONNX files do not have and which starts at 0. It is nil if a parameter has its name.
  mutating func counter(named name: String) throws -> Scope.NamedParameter? {
    guard checkpoint[name] == nil else { return nil }
    checkpoint[name] = try Tensor(shape: [], type: .int64, bytes: Array(repeating: 0, count: 8))
    return Scope.NamedParameter(name, [], role: .buffer(isInteger: true))
  }

  /// The index of an axis, counted from the front.
  func axis(_ axis: Int, rank: Int) throws -> Int {
    guard (-rank..<rank).contains(axis) else { throw ONNXRefusal("there is no axis \(axis) among \(rank)") }
    return axis < 0 ? axis + rank : axis
  }

  func axes(_ axes: [Int], rank: Int) throws -> [Int] {
    let axes = try axes.map { try axis($0, rank: rank) }
    guard Set(axes).count == axes.count else { throw ONNXRefusal("axes \(axes) name an axis twice") }
    return axes
  }

  /// Refuses an operation that reorders or joins images, because the graph describes a single image.
  func keepBatch(_ value: Value, _ condition: Bool) throws {
    guard condition || !value.isBatched else { throw ONNXRefusal("it works on axis 0, the batch") }
  }
}
