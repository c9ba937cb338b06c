import PoseGraph

/// A file format of checkpoints.
///
/// Each format is a type in a file of the same name in `CheckpointFormats/`. The build finds it there, and every
/// command that reads or writes weights then supports it.
public protocol CheckpointFormat: Sendable {
  /// The extensions of the format's files in lowercase, such as `safetensors`. They determine the format of a file that
  /// is written.
  static var extensions: [String] { get }

  /// Whether a file's bytes begin like those of the format. This determines the format of a file that is read,
  /// regardless of its name.
  static func recognizes(_ bytes: [UInt8]) -> Bool

  /// Reads a file's bytes, and allocates only memory that the file's size accounts for.
  ///
  /// - Throws: the format's own error.
  static func read(_ bytes: [UInt8]) throws -> Checkpoint

  /// The bytes of a file.
  ///
  /// - Throws: the format's own error if it cannot represent the checkpoint.
  static func write(_ checkpoint: Checkpoint) throws -> [UInt8]
}

/// The formats in which weights are read and written.
public enum CheckpointFormats {
  static let all = embeddedCheckpointFormats

  /// The extensions with which a file of weights can be written, in alphabetical order.
  public static let extensions = all.flatMap { $0.extensions }.sorted()
}
