import ArgumentParser
import PoseFormats

/// Where a command writes its results as JSON.
struct JSONOption: ParsableArguments {
  @Option(
    name: .customLong("json"),
    help: ArgumentHelp("Write the results as JSON to this file, or to standard output with -.", valueName: "file"),
    completion: .file(extensions: ["json"]))
  var file: String?

  /// Whether standard output is for JSON alone.
  var isStandardOutput: Bool { file == "-" }

  /// Refuses a file that is there already where the command may have been meant to read it: `--json` took no file once, so
  /// that the word after it was an argument.
  func checkIsNoArgument(of command: String) throws {
    guard let file, case .file = FileKind(file) else { return }
    throw ValidationError(
      "'\(file)' exists, and --json would replace it. To read it, write `pose \(command) \(file) --json -`.")
  }

  /// Writes the text where the option says, with a line break at its end; nothing where it is not given.
  func write(_ text: @autoclosure () throws -> String) throws {
    guard let file else { return }
    if isStandardOutput { return try standardOutput(text()) }
    let bytes = Array((try text() + "\n").utf8)
    do { try FileBytes.write(bytes, to: file) } catch { throw OutputError(file, error) }
  }
}

extension NameSpecification {
  /// `--output`, and `-o` for short.
  static let output: NameSpecification = [.customLong("output"), .customShort("o")]
}
