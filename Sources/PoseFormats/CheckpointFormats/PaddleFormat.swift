import PoseGraph

/// Paddle's checkpoints, as `paddle.save` writes the `state_dict()` of a layer.
enum PaddleFormat: CheckpointFormat {
  static let extensions = ["pdparams"]

  static func recognizes(_ bytes: [UInt8]) -> Bool {
    bytes.count > 2 && bytes[0] == 0x80 && (2...5).contains(bytes[1]) && !TorchFile.isLegacy(bytes)
  }
  static func read(_ bytes: [UInt8]) throws -> Checkpoint { try Checkpoint(paddle: bytes) }
  static func write(_ checkpoint: Checkpoint) throws -> [UInt8] { try checkpoint.paddle() }
}
