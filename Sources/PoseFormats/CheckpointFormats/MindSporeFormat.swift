import PoseGraph

/// MindSpore's checkpoints, as `mindspore.save_checkpoint` writes them.
enum MindSporeFormat: CheckpointFormat {
  static let extensions = ["ckpt"]

  /// Two nested messages begin the file: an entry, and the name of its tensor.
  static func recognizes(_ bytes: [UInt8]) -> Bool { MindSporeCheckpoint.isCheckpoint(bytes) }
  static func read(_ bytes: [UInt8]) throws -> Checkpoint { try Checkpoint(mindSpore: bytes) }
  static func write(_ checkpoint: Checkpoint) throws -> [UInt8] { try checkpoint.mindSpore() }
}
