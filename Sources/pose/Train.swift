import ArgumentParser

/// Hands over to `pose-train`, which links LibTorch.
struct Train: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Train a network (needs LibTorch: `make libtorch`, then `make train`).",
    discussion: "Run `pose train --help` for its options.")

  @Argument(parsing: .captureForPassthrough, help: "The arguments of pose-train.")
  var arguments: [String] = []

  func run() throws { try reporting { try CompanionProgram.train.run(arguments) } }
}
