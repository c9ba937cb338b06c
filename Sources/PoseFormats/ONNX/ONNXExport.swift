import PoseCore
import PoseGraph
import SwiftProtobuf

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

extension Graph {
  /// The network and its weights as the bytes of an ONNX file: operator set 17, any batch, float32.
  ///
  /// Batch norms are folded into the convolutions before them, and nothing is computed at run time that is known now.
  /// Nodes are named by the published module paths; the checkpoint's metadata becomes the model's.
  ///
  /// - Throws: ``CheckpointMismatch`` where the weights are of another network, ``ONNXExportError`` where ONNX cannot say
  ///   what the network does.
  public func onnx(_ checkpoint: Checkpoint) throws -> [UInt8] {
    try check(checkpoint)
    var model = ONNXModelProto()
    model.irVersion = 8
    model.producerName = ONNXFormat.producer
    model.opsetImport = [.with { $0.version = 17 }]
    model.graph = try ONNXGraphWriter(self, checkpoint).written()
    model.metadataProps = checkpoint.metadata.sorted { $0.key < $1.key }.map { entry in
      .with { ($0.key, $0.value) = (entry.key, entry.value) }
    }
    let weights = model.graph.initializer.reduce(0) { $0 + $1.rawData.count }
    guard weights < ONNXFormat.mostBytes else { throw ONNXExportError.tooLarge(bytes: weights) }
    return try model.serializedBytes()
  }
}

enum ONNXFormat {
  /// Tells our own files, whose node names are module paths.
  static let producer = "swift-pose"
  /// Protobuf's own bound on a message.
  static let mostBytes = Int(Int32.max)
}

/// Why a network cannot be written as ONNX.
public enum ONNXExportError: UserError, Hashable {
  /// An operator mixes or moves the batch, which each image must not notice.
  case batchMoves(path: String, operation: String)
  case tooLarge(bytes: Int)
}

extension ONNXExportError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .batchMoves(let path, let operation):
      "\(path): \(operation) works on the batch's axis, which cannot be written for a batch of any size"
    case .tooLarge(let bytes):
      "the weights take \(bytes) bytes, but an ONNX file holds at most \(ONNXFormat.mostBytes): write safetensors instead"
    }
  }
}

/// A convolution's weights with the batch norms after it multiplied in.
struct FoldedConvolutions {
  /// Weight and bias of convolutions that took a batch norm in, by the node's place.
  private(set) var weights: [Int: (weight: [Float], bias: [Float])] = [:]
  /// The batch norms that are gone.
  private(set) var foldedNorms: Set<Int> = []

  init(_ graph: Graph, _ checkpoint: Checkpoint) {
    var readers = Array(repeating: 0, count: graph.values.count)
    for node in graph.nodes { for input in node.inputs { readers[input] += 1 } }
    for output in graph.outputs { readers[output.value] += 1 }
    var producers: [Graph.ValueID: Int] = [:]
    for (index, node) in graph.nodes.enumerated() {
      if case .batchNorm(let epsilon, _, _) = node.operation, let input = node.inputs.first, readers[input] == 1,
        let producer = producers[input]
      {
        let tensors = graph.floats(node, checkpoint)
        fold(tensors, epsilon, into: producer, of: graph, checkpoint)
        foldedNorms.insert(index)
        producers[node.output] = producer
      }
      switch node.operation {
      case .convolution, .transposedConvolution: producers[node.output] = index
      default: break
      }
    }
  }

  private mutating func fold(
    _ norm: [[Float]], _ epsilon: Float, into index: Int, of graph: Graph, _ checkpoint: Checkpoint
  ) {
    let node = graph.nodes[index]
    let (gain, shift, mean, variance) = (norm[0], norm[1], norm[2], norm[3])
    // In double precision, so that folding adds no more than one rounding.
    let scale = gain.indices.map { Double(gain[$0]) / (Double(variance[$0]) + Double(epsilon)).squareRoot() }
    let own = graph.floats(node, checkpoint)
    var (weight, bias) =
      weights[index] ?? (own[0], own.count > 1 ? own[1] : Array(repeating: 0, count: scale.count))
    let shape = Convolution.weightShape(graph.parameters[node.parameters[0]].shape)
    let plane = shape[2] * shape[3]
    for place in weight.indices {
      let channel =
        if case .transposedConvolution(let convolution, _) = node.operation {
          // Weights are by input channel, then by output channel within the group.
          place / (shape[1] * plane) / (shape[0] / convolution.groups) * shape[1] + place / plane % shape[1]
        } else { place / (shape[1] * plane) }
      weight[place] = Float(Double(weight[place]) * scale[channel])
    }
    bias = bias.indices.map { Float((Double(bias[$0]) - Double(mean[$0])) * scale[$0] + Double(shift[$0])) }
    weights[index] = (weight, bias)
  }
}

extension Graph {
  /// A node's parameters as float32, counters left out.
  func floats(_ node: Node, _ checkpoint: Checkpoint) -> [[Float]] {
    node.parameters.map { parameters[$0] }.filter { $0.role != .buffer(isInteger: true) }
      .map { checkpoint[$0.name]?.floats ?? [] }
  }
}
