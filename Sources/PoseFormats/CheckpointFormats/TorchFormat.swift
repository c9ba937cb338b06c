import PoseGraph

/// PyTorch's checkpoints, as `torch.save` writes them, in the current and the former format.
enum TorchFormat: CheckpointFormat {
  static let extensions = ["pth", "pt"]

  static func recognizes(_ bytes: [UInt8]) -> Bool {
    ZipArchive.isZip(bytes) && !NumpyFormat.recognizes(bytes) || TorchFile.isLegacy(bytes)
  }
  static func read(_ bytes: [UInt8]) throws -> Checkpoint { try Checkpoint(torch: bytes) }
  static func write(_ checkpoint: Checkpoint) throws -> [UInt8] { try checkpoint.torch() }
}
