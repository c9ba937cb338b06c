import ArgumentParser
import PoseCodecs
import PoseConfiguration
import PoseCore
import PoseData
import PoseEngine
import PoseEstimation
import PoseFormats
import PoseGraph
import PoseImage
import PoseMedia

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// What this program's exit codes say, as `sysexits.h` numbers them.
enum Failure {
  static let input = ExitCode(65)
  static let `internal` = ExitCode(70)

  /// Says on standard error what went wrong.
  static func report(_ message: String) { standardError("pose: \(message)\n") }
}

/// Writes to standard error at once.
func standardError(_ text: String) {
  var bytes = Array(text.utf8)[...]
  while !bytes.isEmpty {
    let count = bytes.withUnsafeBytes { write(STDERR_FILENO, $0.baseAddress, $0.count) }
    guard count > 0 else { return }
    bytes = bytes.dropFirst(count)
  }
}

/// What the user gave and what cannot be done with it.
struct InputError: UserError {
  let description: String

  init(_ description: String) { self.description = description }
}

/// An output that could not be written.
struct OutputError: UserError {
  let description: String
  /// An input or output error.
  var exitCode: Int32 { 74 }

  init(_ description: String) { self.description = description }

  init(_ path: String, _ reason: any Error) {
    // Errors of files name the file themselves.
    let isSentence = reason is FileError || reason is FormatError || reason is MediaError
    description = isSentence ? "\(reason)" : "cannot write '\(path)': \(reason)"
  }
}

extension ParsableCommand {
  /// Runs a command's work; prints what goes wrong and exits with the code that says whose fault it is.
  func reporting(_ work: () throws -> Void) throws {
    do {
      try work()
    } catch let code as ExitCode {
      throw code
    } catch let error as ValidationError {
      throw error
    } catch {
      Failure.report("\(error)")
      throw (error as? any UserError).map { ExitCode($0.exitCode) } ?? Failure.internal
    }
  }
}
