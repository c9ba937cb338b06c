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
  static func report(_ message: String) { standardError("pose: \(message.printable)\n") }
}

/// Writes to standard error at once.
func standardError(_ text: String) {
  try? FileBytes.write(Array(text.utf8), to: STDERR_FILENO, path: "standard error")
}

/// Writes a text, and a line break unless told otherwise, to standard output at once.
///
/// - Throws: ``OutputError`` where standard output takes no more.
func standardOutput(_ text: String, lineBreak: Bool = true) throws {
  let bytes = Array((text.printable + (lineBreak ? "\n" : "")).utf8)
  do throws(FileError) {
    try FileBytes.write(bytes, to: STDOUT_FILENO, path: "standard output")
  } catch {
    throw OutputError("\(error)")
  }
}

extension String {
  /// The text with control characters written out, which names of files and configurations could command a terminal
  /// with. Line breaks and tabs stay.
  var printable: String {
    if !unicodeScalars.contains(where: \.commandsTerminal) { return self }
    return unicodeScalars.reduce(into: "") { text, scalar in
      if scalar.commandsTerminal {
        text += "\\u{\(String(scalar.value, radix: 16))}"
      } else {
        text.unicodeScalars.append(scalar)
      }
    }
  }

  /// The name of a file on one line.
  var onOneLine: String { printable.split(separator: "\n", omittingEmptySubsequences: false).joined(separator: "\\n") }
}

extension Unicode.Scalar {
  fileprivate var commandsTerminal: Bool { properties.generalCategory == .control && self != "\n" && self != "\t" }
}

/// Wrong usage that only shows once files are looked at.
struct UsageError: UserError {
  let description: String
  var exitCode: Int32 { 64 }

  init(_ description: String) { self.description = description }
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
    let isSentence =
      reason is FileError || reason is FormatError || reason is MediaError || reason is CoreMLError
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
