import ArgumentParser
import PoseEstimation
import PoseFormats
import PoseGraph

/// Weights that are made up instead of read.
struct RecipeOptions: ParsableArguments {
  enum Weights: String, ExpressibleByArgument, CaseIterable { case recipe }

  @Option(help: "`recipe`: use deterministic weights, which any framework can reproduce, instead of a file.")
  var weights: Weights?

  @Option(
    in: 0.001...1000,
    help: ArgumentHelp(
      "The factor on the recipe's norm weights. Less than 1 keeps very deep networks in range.", valueName: "factor"))
  var normGain = 1.0

  var isGiven: Bool { weights != nil }

  func validate() throws {
    if !isGiven, normGain != 1 { throw ValidationError("--norm-gain goes with --weights recipe.") }
  }

  func checkpoint(for graph: Graph) -> Checkpoint { WeightRecipe.checkpoint(for: graph, normGain: Float(normGain)) }
}

extension CompletionKind {
  /// Files of weights.
  static var weights: CompletionKind { .file(extensions: CheckpointFormats.extensions) }
  /// Files of weights, or of whole networks.
  static var networks: CompletionKind { .file(extensions: CheckpointFormats.extensions + ["onnx"]) }
}
