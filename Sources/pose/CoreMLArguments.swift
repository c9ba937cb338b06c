import ArgumentParser

/// The options that only exports to Core ML have.
struct CoreMLArguments: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "What a Core ML model takes: `tensor`, batches of the network's own numbers, or `picture`, one picture whose mean and "
        + "deviation the model takes care of. Defaults to tensor."))
  var input: Input?

  @Option(
    in: 1...4096,
    help: ArgumentHelp(
      "The most inputs that a Core ML model takes at once. 1 fixes the shape. Defaults to 16.",
      valueName: "count"))
  var largestBatch: Int?

  enum Input: String, ExpressibleByArgument, CaseIterable { case tensor, picture }

  func validate() throws {
    if input == .picture, largestBatch != nil {
      throw ValidationError("--largest-batch goes with --input tensor: a model of pictures takes one at a time.")
    }
  }

  /// An option that is given; nil if none is.
  var given: String? {
    if input != nil { return "--input" }
    return largestBatch == nil ? nil : "--largest-batch"
  }

  /// The most inputs at once, or nil for one picture.
  var batch: Int? { input == .picture ? nil : largestBatch ?? 16 }
}
