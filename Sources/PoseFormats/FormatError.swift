import PoseCore

/// Why a file could not be read or written: which file, and its format's own reason.
public struct FormatError: UserError {
  /// The file's path.
  public let path: String
  /// One of this module's other errors.
  public let reason: any Error

  public init(path: String, reason: any Error) {
    self.path = path
    self.reason = reason
  }

  /// Runs `body`, and names the file in whatever it throws.
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
    // A file's own error already names it.
    reason is FileError ? "\(reason)" : "'\(path)': \(reason)"
  }
}
