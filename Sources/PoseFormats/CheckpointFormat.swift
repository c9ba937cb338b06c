import PoseGraph

/// A file format of checkpoints.
///
/// Each format is a file of `CheckpointFormats/` with a type of the file's name; the build finds it there, and every command
/// that reads or writes weights knows it.
public protocol CheckpointFormat: Sendable {
  /// The extensions of the format's files in lowercase, such as `safetensors`. Writing goes by them.
  static var extensions: [String] { get }

  /// Whether a file's bytes begin as the format's do. Reading goes by this, whatever the file is called.
  static func recognizes(_ bytes: [UInt8]) -> Bool

  /// Reads a file's bytes.
  ///
  /// - Throws: the format's own error. Nothing is allocated that the file's size does not account for.
  static func read(_ bytes: [UInt8]) throws -> Checkpoint

  /// The bytes of a file.
  ///
  /// - Throws: the format's own error where it cannot hold the checkpoint.
  static func write(_ checkpoint: Checkpoint) throws -> [UInt8]
}

/// The formats that weights are read from and written in.
public enum CheckpointFormats {
  static let all = embeddedCheckpointFormats

  /// The extensions that a file of weights may be written with, in alphabetical order.
  public static let extensions = all.flatMap { $0.extensions }.sorted()
}
