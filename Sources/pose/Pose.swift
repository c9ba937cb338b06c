import ArgumentParser

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

@main
struct PoseCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "pose",
    abstract: "Human poses from pictures, with Lite-HRNet and its relatives.",
    discussion: """
      A model is a weights file (.safetensors, .pth, .ckpt, .pdparams, .npz) and a configuration, which says how pictures are prepared and \
      outputs are decoded. Files that carry their configuration, and published checkpoints under their published names, \
      need no --config. A name that `pose models` lists stands for its published weights, which are fetched once.

      pose predict photo.jpg --detector rtmdet_nano_person --output out
      pose summary litehrnet_18_coco_256x192
      pose convert litehrnet_18_coco_256x192.pth lite.safetensors

      Exit codes: 0 done, 64 wrong usage, 65 an input cannot be used, 69 weights cannot be fetched, 70 a fault of this \
      program, 74 output cannot be written. `pose --generate-completion-script zsh` (or bash, fish) prints shell completions.
      """,
    version: "0.1.0",
    subcommands: [
      Predict.self, Detect.self, Segment.self, Refine.self, Track.self, Train.self, Test.self, Evaluate.self,
      Label.self, Browse.self, Summary.self,
      Forward.self, Convert.self, Export.self, Bench.self, Models.self, Fetch.self, Doctor.self,
    ])

  static func main() {
    // A file that would grow beyond a limit is an error of writing, not the end.
    signal(SIGXFSZ, SIG_IGN)
    do {
      let names = configuration.subcommands.map { $0._commandName }
      let line = try CommandWords(Array(CommandLine.arguments.dropFirst()), commands: names)
      for warning in line.warnings { Failure.report(warning) }
      try run(line.words)
    } catch let error as UsageError {
      Failure.report("\(error)")
      exit(withError: ExitCode(error.exitCode))
    } catch {
      end(error)
    }
  }

  private static func run(_ words: [String]) throws {
    var command = try parseAsRoot(words)
    try command.run()
  }

  /// Ends the process as the error says.
  private static func end(_ error: any Error) -> Never {
    guard exitCode(for: error) == .success else { exit(withError: error) }
    // Help, the version and completions go to standard output, which may take nothing more.
    do {
      try standardOutput(fullMessage(for: error))
    } catch {
      Failure.report("\(error)")
      exit(withError: ExitCode(74))
    }
    exit(withError: ExitCode.success)
  }
}
