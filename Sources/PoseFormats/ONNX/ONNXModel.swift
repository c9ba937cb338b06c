import PoseGraph
import SwiftProtobuf

/// A network and its weights, read from the bytes of an ONNX file.
public struct ONNXModel: Sendable {
  public let graph: Graph
  public let checkpoint: Checkpoint

  /// The operator sets that are supported.
  package static let operatorSets = 7...21

  /// Reads an ONNX file.
  ///
  /// Everything that is known before the network runs, including shapes, is computed now. Axis 0 is the batch. The
  /// graph describes the computation for one image, as the file does for a batch of one.
  ///
  /// - Parameters:
  ///   - inputSize: the input's extents without the batch (`[3, 320, 320]`), which are needed if the file leaves them
  ///     open.
  ///   - outputs: the names of the values to compute, or nil for the file's own outputs. Nodes that these do not need
  ///     are not read, so that a detector's maps can be read without its post-processing.
  /// - Throws: ``ONNXError``, which names the first node that a ``Graph`` cannot represent.
  public init(bytes: [UInt8], inputSize: [Int]? = nil, outputs: [String]? = nil) throws(ONNXError) {
    let file = try ONNXFile(bytes: bytes)
    let names = outputs ?? file.outputs
    try self.init(file, input: try file.input(size: inputSize), needing: names) { reader throws(ONNXError) in
      try reader.outputs(names)
    }
  }

  /// A part of a file.
  ///
  /// - Parameters:
  ///   - names: the values of the file that `outputs` reads.
  ///   - outputs: returns the network's outputs, once the nodes before those values have been read.
  init(
    _ file: ONNXFile, input: (name: String, size: [Int]), needing names: [String],
    _ outputs: (inout ONNXImport) throws(ONNXError) -> [(name: String, value: Value)]
  ) throws(ONNXError) {
    let nodes = try file.nodes(for: names)
    var checkpoint = Checkpoint()
    graph = try Graph(file.name, input: input.size, port: input.name) { image, scope throws(ONNXError) in
      var reader = ONNXImport(file, scope: scope, input: (input.name, image))
      for node in nodes { try reader.read(node) }
      let values = try outputs(&reader)
      checkpoint = reader.checkpoint
      return values
    }
    checkpoint.metadata = file.metadata
    self.checkpoint = checkpoint
  }
}

/// The parts of a file by name, checked for consistency.
struct ONNXFile {
  let name: String
  let version: Int
  let byteCount: Int
  let outputs: [String]
  let initializers: [String: ONNXTensorProto]
  let metadata: [String: String]
  /// In the file's order, which must be one in which they can be computed.
  let nodes: [ONNXNode]
  private let ports: [ONNXValueInfoProto]

  init(bytes: [UInt8]) throws(ONNXError) {
    do throws(ProtobufError) {
      _ = try ProtobufPartCount(bytes, .onnx)
    } catch {
      throw ONNXError(error)
    }
    let proto: ONNXModelProto
    var options = BinaryDecodingOptions()
    options.messageDepthLimit = 16
    options.discardUnknownFields = true
    do {
      proto = try ONNXModelProto(serializedBytes: bytes, options: options)
    } catch {
      throw .damaged("it is cut off, or not a protobuf message")
    }
    guard let version = proto.opsetImport.first(where: { $0.domain.isEmpty || $0.domain == "ai.onnx" })?.version else {
      throw .damaged("it names no operator set")
    }
    guard ONNXModel.operatorSets.contains(Int(version)) else {
      throw .operatorSet(Int(version), supported: ONNXModel.operatorSets)
    }
    try self.init(proto, version: Int(version), byteCount: bytes.count)
  }

  private init(_ proto: ONNXModelProto, version: Int, byteCount: Int) throws(ONNXError) {
    let graph = proto.graph
    // If two entries have the same name, the first counts.
    metadata = Dictionary(proto.metadataProps.map { ($0.key, $0.value) }) { first, _ in first }
    self.version = version
    self.byteCount = byteCount
    name = graph.name.isEmpty ? "network" : graph.name
    outputs = graph.output.map(\.name)
    guard !graph.node.isEmpty, !outputs.isEmpty else { throw .noGraph }
    var initializers: [String: ONNXTensorProto] = [:]
    for tensor in graph.initializer {
      guard initializers.updateValue(tensor, forKey: tensor.name) == nil else { throw .duplicate(name: tensor.name) }
    }
    // Old files list their weights as inputs, too.
    ports = graph.input.filter { initializers[$0.name] == nil }
    self.initializers = initializers
    let isOurs = proto.producerName == ONNXFormat.producer
    let all = graph.node.map { ONNXNode($0, isOurs: isOurs) }
    var made = Set(initializers.keys).union(ports.map(\.name))
    for node in all {
      for output in node.outputs where !output.isEmpty {
        guard made.insert(output).inserted else { throw .duplicate(name: output) }
      }
    }
    guard Set(outputs).count == outputs.count else { throw .damaged("two outputs have the same name") }
    nodes = ONNXFusion(all, initializers, outputs: outputs).nodes
  }

  /// The nodes that are needed for the requested values, in the file's order.
  func nodes(for names: [String]) throws(ONNXError) -> [ONNXNode] {
    var makers: [String: Int] = [:]
    for (index, node) in nodes.enumerated() {
      for output in node.outputs where !output.isEmpty { makers[output] = index }
    }
    let known = Set(makers.keys).union(initializers.keys).union(ports.map(\.name))
    for name in names where !known.contains(name) {
      throw .noOutput(name, nearest: nearest(to: name, among: known.sorted()))
    }
    var needed: Set<Int> = []
    var open = names.compactMap { makers[$0] }
    while let index = open.popLast() {
      guard needed.insert(index).inserted else { continue }
      open += nodes[index].inputs.compactMap { makers[$0] }
    }
    return nodes.indices.filter(needed.contains).map { nodes[$0] }
  }

  /// The only input, and its extents without the batch.
  ///
  /// - Parameters:
  ///   - size: the extents that are asked for; nil for the file's.
  ///   - other: extents for those that the file leaves open.
  func input(size: [Int]?, orElse other: [Int]? = nil) throws(ONNXError) -> (name: String, size: [Int]) {
    guard ports.count == 1, let port = ports.first else {
      throw .input("the network should have one input, but it has \(ports.count)")
    }
    guard case .tensorType(let type)? = port.type.value, [.float, .float16, .undefined].contains(type.elemType) else {
      throw .input("'\(port.name)' should be a tensor of floats")
    }
    let extents = type.shape.dim.map { dimension -> Int? in
      if case .dimValue(let extent)? = dimension.value, extent > 0 { Int(extent) } else { nil }
    }
    guard extents.isEmpty || (extents[0] ?? 1) == 1 else {
      throw .input("it takes \(extents[0] ?? 0) images at a time: export it for one, or for a batch of any size")
    }
    let given = extents.dropFirst()
    let shape = "[\(given.map { $0.map(String.init) ?? "?" }.joined(separator: ", "))]"
    let known = given.enumerated().compactMap { index, extent in
      extent ?? (other?.count == given.count ? other?[index] : nil)
    }
    guard let size = size ?? (given.isEmpty || known.count < given.count ? nil : known) else {
      throw .openInput(shape)
    }
    guard extents.isEmpty || (size.count == given.count && zip(size, given).allSatisfy { $1 == nil || $0 == $1 }) else {
      throw .input("\(size) does not fit \(shape)")
    }
    guard size.count < ONNXConstant.mostAxes, size.allSatisfy({ (1...ONNXNode.mostSize).contains($0) }),
      let count = Tensor.count(of: size), count <= ONNXImport.mostScalars
    else { throw .input("\(size) is not a valid size of an input") }
    return (port.name, size)
  }
}

extension ProtobufPartCount.Layout {
  /// A model's parts, by the public field numbers.
  fileprivate static let onnx: Self = {
    let tensor = Self.message([13: .leaf])
    let node = Self.message([1: .leaf, 2: .leaf, 5: .message([5: tensor, 9: .leaf])])
    let port = Self.message([2: .message([1: .message([2: .message([1: .leaf])])])])
    let graph = Self.message([1: node, 5: tensor, 11: port, 12: port])
    return .message([7: graph, 8: .leaf, 14: .leaf])
  }()
}
