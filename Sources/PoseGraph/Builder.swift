import PoseCore

/// Collects the nodes of a graph while a model's code runs. The first error is kept and thrown at the end, so that a
/// model reads like its paper, without `try` at every layer.
final class GraphBuilder {
  private(set) var nodes: [Graph.Node] = []
  private(set) var values: [Graph.ValueInfo] = []
  private(set) var parameters: [Parameter] = []
  private(set) var error: GraphError?
  private var parameterIDs: [String: Int] = [:]
  /// The order of a path's children in the published parameters, where it is not that of their first use.
  private var registrations: [(path: String, children: [String])] = []

  func append(
    _ operation: Operation, _ inputs: [Value] = [], parameters: [Graph.ParameterID] = [], path: String,
    isModule: Bool = false, inputShape: [Int]? = nil
  ) -> Value {
    precondition(
      inputs.allSatisfy { $0.builder === self }, "\(path): an operator reads values of two graphs that are being built")
    var shape = inputShape ?? []
    if inputShape == nil {
      do {
        shape = try operation.outputShape(
          inputs: inputs.map(\.shape), parameters: parameters.map { self.parameters[$0].shape })
      } catch {
        fail(path, error.reason)
        shape = inputs.first?.shape ?? []
      }
    }
    let isBatched = inputShape != nil || inputs.contains { values[$0.id].isBatched }
    if isBatched, shape.first != 1 { fail(path, "axis 0 is the batch and must stay as it is, not become \(shape)") }
    values.append(Graph.ValueInfo(shape: shape, isBatched: isBatched))
    let output = values.count - 1
    nodes.append(
      Graph.Node(
        operation: operation, inputs: inputs.map(\.id), output: output, parameters: parameters, path: path,
        isModule: isModule))
    return Value(builder: self, id: output, path: path)
  }

  /// Declares a parameter; the same name again is the same parameter, shared by two layers.
  func parameter(
    _ path: String, _ name: String, shape: [Int], _ initializer: Initializer, role: Parameter.Role = .trainable
  ) -> Graph.ParameterID {
    let fullName = path.isEmpty ? name : path + "." + name
    if let id = parameterIDs[fullName] {
      if parameters[id].shape != shape {
        fail(path, "'\(fullName)' is used as \(shape) here and as \(parameters[id].shape) before")
      }
      return id
    }
    if shape.contains(where: { $0 < 0 }) || Tensor.count(of: shape) == nil {
      fail(path, "'\(fullName)' cannot have the shape \(shape)")
    }
    parameterIDs[fullName] = parameters.count
    parameters.append(Parameter(name: fullName, shape: shape, role: role, initializer: initializer))
    return parameters.count - 1
  }

  func register(_ children: [String], at path: String) { registrations.append((path, children)) }

  /// Nodes and parameters with the parameters in published order.
  func ordered() -> (nodes: [Graph.Node], parameters: [Parameter]) {
    var order = Array(parameters.indices)
    for (path, children) in registrations {
      let prefix = path.isEmpty ? "" : path + "."
      let ranks = Dictionary(zip(children, children.indices)) { first, _ in first }
      func rank(_ id: Graph.ParameterID) -> Int {
        let child = parameters[id].name.dropFirst(prefix.count).prefix { $0 != "." }
        return ranks[String(child)] ?? -1
      }
      let slots = order.indices.filter { parameters[order[$0]].name.hasPrefix(prefix) }
      let sorted = slots.map { (rank: rank(order[$0]), slot: $0) }.sorted { $0 < $1 }.map { order[$0.slot] }
      for (slot, id) in zip(slots, sorted) { order[slot] = id }
    }
    var places = order
    for (place, id) in order.enumerated() { places[id] = place }
    let moved = nodes.map { $0.replacingParameters { places[$0] } }
    return (registrations.isEmpty ? nodes : moved, order.map { parameters[$0] })
  }

  func fail(_ path: String, _ reason: String) {
    if error == nil { error = GraphError(path: path, reason: reason) }
  }
}

/// What passes from layer to layer while a graph is built.
public struct Value {
  let builder: GraphBuilder
  let id: Graph.ValueID
  /// The module whose code computes with this value, for messages.
  let path: String

  /// Axis 0 is the batch, with extent 1: `1 x C x H x W` for images.
  public var shape: [Int] { builder.values[id].shape }

  /// The extent of an axis, or 0 where the value has no such axis.
  public func extent(_ axis: Int) -> Int { shape.indices.contains(axis) ? shape[axis] : 0 }

  /// The channels of an image-like value.
  public var channels: Int { extent(1) }
  /// The height and width of an image-like value.
  public var size: Size { Size(height: extent(2), width: extent(3)) }
}

/// Where a layer lives: its published module path, and so the prefix of its parameters' names.
public struct Scope {
  let builder: GraphBuilder
  public let path: String

  public static func / (scope: Scope, name: some CustomStringConvertible) -> Scope {
    Scope(builder: scope.builder, path: scope.path.isEmpty ? name.description : scope.path + "." + name.description)
  }

  /// Gives the order of the published parameters of this module's parts, if it is not the order of their first use.
  /// Parts that are not named come first.
  public func parameterOrder(_ children: String...) {
    builder.register(children, at: path)
  }

  /// Declares a parameter that checkpoints hold but the network does not use, such as one that only a loss needs.
  public func unusedParameter(
    _ name: String, shape: [Int], _ initializer: Initializer, role: Parameter.Role = .trainable
  ) {
    _ = builder.parameter(path, name, shape: shape, initializer, role: role)
  }

  /// Rejects the arguments of a model. The graph's initializer throws the first such reason.
  public func fail(_ reason: String) {
    builder.fail(path, reason)
  }
}

/// What a network gives, by name, as its code returns it: `["heatmaps": maps]`.
public struct GraphOutputs: ExpressibleByDictionaryLiteral {
  let ports: [(name: String, value: Value)]

  public init(_ ports: [(name: String, value: Value)]) { self.ports = ports }

  public init(dictionaryLiteral ports: (String, Value)...) { self.ports = ports.map { (name: $0.0, value: $0.1) } }
}

extension Graph {
  /// Builds a network of one image-like input `N x C x H x W`.
  ///
  /// - Parameters:
  ///   - input: the input's extents without the batch: `[3, 256, 192]`.
  ///   - build: the model's code; returns the named outputs.
  /// - Throws: ``GraphError`` with the path of the first layer that does not fit.
  public init(
    _ name: String, input: [Int], _ build: (Value, Scope) -> GraphOutputs
  ) throws(GraphError) {
    try self.init(name, input: input, port: "input") { image, scope throws(GraphError) in
      build(image, scope).ports
    }
  }

  /// As ``init(_:input:_:)``, for networks that are read from files: `build` may throw, and finds the outputs at run time.
  package init<Failure: Error>(
    _ name: String, input: [Int], port: String,
    _ build: (Value, Scope) throws(Failure) -> [(name: String, value: Value)]
  ) throws(Failure) where Failure: GraphFailure {
    let builder = GraphBuilder()
    guard !input.isEmpty, input.allSatisfy({ $0 > 0 }), Tensor.count(of: input) != nil else {
      throw Failure(GraphError(path: "", reason: "\(name) cannot take an input of \(input)"))
    }
    let image = builder.append(.input, path: "", inputShape: [1] + input)
    let outputs = try build(image, Scope(builder: builder, path: ""))
    if let error = builder.error { throw Failure(error) }
    let (nodes, parameters) = builder.ordered()
    self.init(
      name: name, nodes: nodes, values: builder.values, parameters: parameters,
      inputs: [Port(name: port, value: image.id)], outputs: outputs.map { Port(name: $0.name, value: $0.value.id) })
  }
}

/// An error that can say that layers do not make a network.
package protocol GraphFailure: Error {
  init(_ error: GraphError)
}

extension GraphError: GraphFailure {
  package init(_ error: GraphError) { self = error }
}

extension Scope {
  /// A parameter under the whole name that a file gives it.
  package struct NamedParameter {
    package var name: String
    package var shape: [Int]
    package var role: Parameter.Role

    package init(_ name: String, _ shape: [Int], role: Parameter.Role = .trainable) {
      (self.name, self.shape, self.role) = (name, shape, role)
    }
  }

  /// Any operator, at a path and with parameters that a file names.
  package func node(
    _ operation: Operation, _ inputs: [Value] = [], parameters: [NamedParameter] = [], path: String, isModule: Bool
  ) throws(GraphError) -> Value {
    let ids = parameters.map { builder.parameter("", $0.name, shape: $0.shape, .constant(0), role: $0.role) }
    let value = builder.append(operation, inputs, parameters: ids, path: path, isModule: isModule)
    if let error = builder.error { throw error }
    return value
  }
}

extension Value {
  /// Whether axis 0 is the batch; false for what is computed from parameters alone.
  package var isBatched: Bool { builder.values[id].isBatched }
}
