import ArgumentParser

/// Hands over to `pose-track`, which links FFmpeg.
struct Track: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Find the joints of the people in videos, who keep their numbers (needs FFmpeg: `make video`).",
    discussion: "Run `pose track --help` for its options.")

  @Argument(parsing: .captureForPassthrough, help: "The arguments of pose-track.")
  var arguments: [String] = []

  func run() throws { try reporting { try CompanionProgram.track.run(arguments) } }
}
