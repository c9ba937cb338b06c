import PoseCore
import PoseGraph

extension Checkpoint {
  /// Reads a checkpoint in the first of the ``CheckpointFormats`` that recognizes the file's bytes.
  ///
  /// - Throws: ``FormatError``.
  public init(contentsOf path: String) throws(FormatError) {
    self = try FormatError.naming(path) {
      let bytes = try FileBytes.read(path)
      guard let format = CheckpointFormats.all.first(where: { $0.recognizes(bytes) }) else {
        throw CheckpointFileError.unknownFormat(advice: ForeignFile(bytes)?.advice)
      }
      return try format.read(bytes)
    }
  }

  /// Writes a checkpoint in the format of the path's extension: `.safetensors`, `.pth` or `.pt`. The file is replaced
  /// as a whole or not at all.
  ///
  /// - Throws: ``FormatError``.
  public func write(to path: String) throws(FormatError) {
    try FormatError.naming(path) {
      let suffix = path.split(separator: ".").last?.lowercased() ?? ""
      guard let format = CheckpointFormats.all.first(where: { $0.extensions.contains(suffix) }) else {
        throw CheckpointFileError.unknownExtension
      }
      try FileBytes.write(format.write(self), to: path)
    }
  }
}

/// The reasons why a file is not accepted as a checkpoint.
enum CheckpointFileError: UserError, Hashable {
  /// The file is of no known format; `advice` says what it is, where that is known.
  case unknownFormat(advice: String?)
  case unknownExtension
}

extension CheckpointFileError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .unknownFormat(let advice?): advice
    case .unknownFormat(nil):
      "this is no file of weights that is known (safetensors, PyTorch, MindSpore, Paddle, NumPy): is it whole, and are these the "
        + "weights?"
    case .unknownExtension:
      "the name should end in .safetensors, .pth, .ckpt, .pdparams or .npz, because the extension determines the format"
    }
  }
}
