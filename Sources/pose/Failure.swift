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
  static let output = ExitCode(74)

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
struct InputError: Error, CustomStringConvertible {
  let description: String

  init(_ description: String) { self.description = description }
}

/// An output that could not be written.
struct OutputError: Error, CustomStringConvertible {
  let description: String

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
    } catch let error as OutputError {
      Failure.report("\(error)")
      throw Failure.output
    } catch {
      Failure.report("\(error)")
      throw error.isInputs ? Failure.input : Failure.internal
    }
  }
}

extension Error {
  /// Whether what the user gave is at fault, rather than this program.
  fileprivate var isInputs: Bool {
    self is InputError || self is FormatError || self is FileError || self is MediaError || self is ModelError
      || self is ConfigurationError || self is CheckpointMismatch || self is NumpyError || self is ImageError
      || self is GraphError || self is TensorError || self is EngineError || self is ONNXExportError
      || self is TargetError || self is TrainingDataError || self is DatasetKindError || self is CombinationError
      || self is LoaderError || self is DatasetProblem
  }
}
