import PoseCore
import PoseGraph

extension Checkpoint {
  /// Reads a checkpoint, of whichever format its bytes are: safetensors or PyTorch's, new or old.
  ///
  /// - Throws: ``FormatError``.
  public init(contentsOf path: String) throws(FormatError) {
    self = try FormatError.naming(path) {
      let bytes = try FileBytes.read(path)
      if ZipArchive.isZip(bytes) || TorchFile.isLegacy(bytes) { return try Checkpoint(torch: bytes) }
      if SafetensorsHeader.isSafetensors(bytes) { return try Checkpoint(safetensors: bytes) }
      throw CheckpointFileError.unknownFormat
    }
  }

  /// Writes a checkpoint as the path's extension says: `.safetensors`, `.pth` or `.pt`. The file is replaced at once or
  /// not at all.
  ///
  /// - Throws: ``FormatError``.
  public func write(to path: String) throws(FormatError) {
    try FormatError.naming(path) {
      let bytes =
        switch path.split(separator: ".").last?.lowercased() {
        case "safetensors": safetensors()
        case "pth", "pt": try torch()
        default: throw CheckpointFileError.unknownExtension
        }
      try FileBytes.write(bytes, to: path)
    }
  }
}

/// Why a file is not taken for a checkpoint.
public enum CheckpointFileError: UserError, Hashable {
  case unknownFormat
  case unknownExtension
}

extension CheckpointFileError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .unknownFormat: "this is neither a safetensors file nor a PyTorch checkpoint"
    case .unknownExtension: "the name should end in .safetensors or .pth, which says how to write it"
    }
  }
}
