import PoseGraph

/// Safetensors: a JSON header and the tensors' bytes.
public enum SafetensorsFormat: CheckpointFormat {
  public static let extensions = ["safetensors"]

  public static func recognizes(_ bytes: [UInt8]) -> Bool { SafetensorsHeader.isSafetensors(bytes) }
  public static func read(_ bytes: [UInt8]) throws -> Checkpoint { try Checkpoint(safetensors: bytes) }
  public static func write(_ checkpoint: Checkpoint) throws -> [UInt8] { checkpoint.safetensors() }
}
