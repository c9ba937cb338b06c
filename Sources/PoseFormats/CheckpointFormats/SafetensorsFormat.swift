import PoseGraph

/// Safetensors: a JSON header and the tensors' bytes.
enum SafetensorsFormat: CheckpointFormat {
  static let extensions = ["safetensors"]

  static func recognizes(_ bytes: [UInt8]) -> Bool { SafetensorsHeader.isSafetensors(bytes) }
  static func read(_ bytes: [UInt8]) throws -> Checkpoint { try Checkpoint(safetensors: bytes) }
  static func write(_ checkpoint: Checkpoint) throws -> [UInt8] { checkpoint.safetensors() }
}
