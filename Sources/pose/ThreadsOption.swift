import ArgumentParser

/// How many threads a command may use.
struct ThreadsOption: ParsableArguments {
  @Option(name: .customLong("threads"), help: "The most threads to use. Defaults to one for each processor.")
  var count: Int?

  func validate() throws {
    if let count, !(1...256).contains(count) { throw ValidationError("--threads must be 1...256.") }
  }
}
