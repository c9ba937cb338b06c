import PoseCore
import PoseGraph
import SwiftProtobuf

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

extension Graph {
  /// The network and its weights as the bytes of an ONNX file: operator set 17, any batch size, float32.
  ///
  /// Batch norms are folded into the convolutions before them, and everything that can be computed in advance is. Nodes
  /// are named by the published module paths. The checkpoint's metadata becomes the model's.
  ///
  /// - Throws: ``CheckpointMismatch`` if the weights belong to another network, and ``ONNXExportError`` if ONNX cannot
  ///   represent the network.
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
  /// Identifies the files of this package, whose node names are module paths.
  static let producer = "swift-pose"
  /// Protobuf's limit on the size of a message.
  static let mostBytes = Int(Int32.max)
}

/// The reasons why a network cannot be written as ONNX.
enum ONNXExportError: UserError, Hashable {
  /// An operator mixes or moves the images of the batch, which must stay independent of each other.
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

/// The convolutions of a network, with the batch norms that follow them folded into their weights.
struct FoldedConvolutions {
  /// The folded convolutions, by the indices of their nodes.
  private var folded: [Int: (operation: Operation, weights: [[Float]])] = [:]
  /// The indices of the batch norms that have become part of a convolution.
  private(set) var foldedNorms: Set<Int> = []

  init(_ graph: Graph, _ checkpoint: Checkpoint) {
    for (norm, convolution) in graph.dataflow.foldableBatchNorms().sorted(by: { $0.key < $1.key }) {
      guard case .batchNorm(let epsilon, _, _) = graph.nodes[norm].operation else { continue }
      let affine = ChannelAffine(batchNorm: graph.floats(graph.nodes[norm], checkpoint), epsilon: epsilon)
      let (operation, own) =
        folded[convolution]
        ?? (graph.nodes[convolution].operation, graph.floats(graph.nodes[convolution], checkpoint))
      guard let result = affine.folded(into: operation, weights: own) else { continue }
      folded[convolution] = result
      foldedNorms.insert(norm)
    }
  }

  /// The weight and the bias of a convolution into which batch norms were folded; nil for others.
  func weights(of convolution: Int) -> (weight: [Float], bias: [Float])? {
    folded[convolution].map { ($0.weights[0], $0.weights[1]) }
  }
}

extension Graph {
  /// A node's parameters as float32, without counters.
  func floats(_ node: Node, _ checkpoint: Checkpoint) -> [[Float]] {
    node.parameters.map { parameters[$0] }.filter { $0.role != .buffer(isInteger: true) }
      .map { checkpoint[$0.name]?.floats ?? [] }
  }
}
