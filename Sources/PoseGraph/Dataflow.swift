/// The producer and the readers of every value of a network: the analysis that pattern matching and fusion share.
///
/// Nodes are referred to by their index in the list that the analysis was made of.
public struct Dataflow: Sendable {
  /// An operator, the values that it reads, and the values that it makes: one, unless several operators were fused.
  package struct Node: Sendable {
    package let operation: Operation
    package let inputs: [Graph.ValueID]
    package let outputs: [Graph.ValueID]

    /// The first value that the node makes.
    package var output: Graph.ValueID { outputs[0] }

    /// - Precondition: There is at least one output.
    package init(operation: Operation, inputs: [Graph.ValueID], outputs: [Graph.ValueID]) {
      precondition(!outputs.isEmpty, "a node of a dataflow makes at least one value")
      (self.operation, self.inputs, self.outputs) = (operation, inputs, outputs)
    }
  }

  package let nodes: [Node]
  /// The shape of every value; axis 0 is the batch.
  package let shapes: [[Int]]
  private var producers: [Int?]
  private var readers: [[Int]]
  private var outputCounts: [Int]

  package init(nodes: [Node], shapes: [[Int]], outputs: [Graph.ValueID]) {
    (self.nodes, self.shapes) = (nodes, shapes)
    producers = Array(repeating: nil, count: shapes.count)
    readers = Array(repeating: [], count: shapes.count)
    outputCounts = Array(repeating: 0, count: shapes.count)
    for (index, node) in nodes.enumerated() {
      for output in node.outputs { producers[output] = index }
      for input in node.inputs { readers[input].append(index) }
    }
    for value in outputs { outputCounts[value] += 1 }
  }

  /// The node that makes a value; nil for a value that no node makes.
  public func producer(of value: Graph.ValueID) -> Int? { producers[value] }

  /// The nodes that read a value in their order; a node that reads it twice is listed twice.
  public func readers(of value: Graph.ValueID) -> [Int] { readers[value] }

  /// Whether a value is an output of the network.
  public func isOutput(_ value: Graph.ValueID) -> Bool { outputCounts[value] > 0 }

  /// The number of reads of a value. Each operand and each output of the network is one.
  public func readCount(of value: Graph.ValueID) -> Int { readers[value].count + outputCounts[value] }

  /// The one node that reads a value; nil if it is read more than once or not at all, or is an output of the network.
  public func onlyReader(of value: Graph.ValueID) -> Int? { readCount(of: value) == 1 ? readers[value].first : nil }
}

extension Graph {
  /// The producers and readers of this network's values; nodes have the indices that they have in ``nodes``.
  public var dataflow: Dataflow {
    Dataflow(
      nodes: nodes.map { .init(operation: $0.operation, inputs: $0.inputs, outputs: [$0.output]) },
      shapes: values.map(\.shape), outputs: outputs.map(\.value))
  }
}
