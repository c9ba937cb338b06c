import PoseCore
import PoseGraph
import SwiftProtobuf

extension Graph {
  /// The network and its weights as the bytes of a MINDIR file, which `mindspore.load` reads and `mindspore.nn.GraphCell`
  /// runs: float32, for a batch of a fixed size.
  ///
  /// Batch norms are folded into the convolutions before them. Several outputs become a tuple, in the order of
  /// ``outputs``; the entry `outputs` of the model's `user_info` names them, beside the checkpoint's metadata.
  ///
  /// - Parameter batch: how many pictures the network takes at a time.
  /// - Throws: ``CheckpointMismatch`` if the weights belong to another network, and ``MindIRError`` if MINDIR cannot
  ///   represent the network.
  public func mindIR(_ checkpoint: Checkpoint, batch: Int = 1) throws -> [UInt8] {
    try check(checkpoint)
    guard (1...MindIRFormat.largestBatch).contains(batch) else { throw MindIRError.batch(batch) }
    var writer = MindIRGraphWriter(self, checkpoint, batch: batch)
    var model = try writer.written()
    model.irVersion = "1.1"
    model.producerName = "swift-pose"
    model.modelVersion = MindIRFormat.version
    model.littleEndian = true
    model.mindIrVersion = 3
    let texts = checkpoint.metadata.merging(["outputs": outputs.map(\.name).joined(separator: ",")]) { text, _ in text }
    model.userInfo = texts.sorted { $0.key < $1.key }.map { entry in
      .with { ($0.key, $0.value) = (entry.key, entry.value) }
    }
    let bytes = model.graph.parameter.reduce(0) { $0 + $1.rawData.count }
    guard bytes < MindIRFormat.mostBytes else { throw MindIRError.tooLarge(bytes: bytes) }
    return try model.serializedBytes()
  }
}

enum MindIRFormat {
  /// The version of MindSpore whose operators are written.
  static let version = "2.10.0"
  /// Protobuf's limit on the size of a message.
  static let mostBytes = Int(Int32.max)
  static let largestBatch = 4096
}

/// The reasons why a network cannot be written as MINDIR.
public enum MindIRError: UserError, Hashable {
  /// An operator mixes or moves the images of the batch, which must stay independent of each other.
  case batchMoves(path: String, operation: String)
  case batch(Int)
  case tooLarge(bytes: Int)
}

extension MindIRError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .batchMoves(let path, let operation):
      "\(path): \(operation) works on the batch's axis, which MINDIR files are not written with"
    case .batch(let batch):
      "a batch of \(batch) cannot be written: give 1 to \(MindIRFormat.largestBatch)"
    case .tooLarge(let bytes):
      "the weights take \(bytes) bytes, but a MINDIR file holds at most \(MindIRFormat.mostBytes): write safetensors instead"
    }
  }
}
