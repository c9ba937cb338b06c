import PoseCore

/// A file that could not be read or written, and the reason that its format gives.
public struct FormatError: UserError {
  /// The file's path.
  public let path: String
  /// One of this module's other errors.
  public let reason: any Error

  /// Creates an error.
  public init(path: String, reason: any Error) {
    self.path = path
    self.reason = reason
  }

  /// Runs `body`, and adds the file's path to any error that it throws.
  static func naming<Value>(_ path: String, _ body: () throws -> Value) throws(FormatError) -> Value {
    do {
      return try body()
    } catch {
      throw FormatError(path: path, reason: error)
    }
  }
}

extension FormatError: CustomStringConvertible {
  /// The exit code of the reason.
  public var exitCode: Int32 { (reason as? any UserError)?.exitCode ?? 65 }

  public var description: String {
    // A file error already names the file.
    reason is FileError ? "\(reason)" : "'\(path)': \(reason)"
  }
}
