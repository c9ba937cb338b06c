import ArgumentParser

/// How many threads a command may use.
struct ThreadsOption: ParsableArguments {
  @Option(
    name: .customLong("threads"), in: 1...256,
    help: "The most threads to use. Defaults to one for each processor.")
  var count: Int?
}
