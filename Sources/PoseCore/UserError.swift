/// An error that the caller's input or machine causes, such as a file that cannot be read, rather than a fault of the
/// program. Its description says what is wrong, where, and what to do.
public protocol UserError: Error, CustomStringConvertible {
  /// What a command exits with, as `sysexits.h` numbers it; 65, bad input, unless the type says otherwise.
  var exitCode: Int32 { get }
}

extension UserError {
  public var exitCode: Int32 { 65 }
}
