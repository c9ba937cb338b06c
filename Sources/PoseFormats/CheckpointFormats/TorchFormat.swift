import PoseGraph

/// PyTorch's checkpoints, as `torch.save` writes them, in the current and the former format.
public enum TorchFormat: CheckpointFormat {
  public static let extensions = ["pth", "pt"]

  public static func recognizes(_ bytes: [UInt8]) -> Bool { ZipArchive.isZip(bytes) || TorchFile.isLegacy(bytes) }
  public static func read(_ bytes: [UInt8]) throws -> Checkpoint { try Checkpoint(torch: bytes) }
  public static func write(_ checkpoint: Checkpoint) throws -> [UInt8] { try checkpoint.torch() }
}
