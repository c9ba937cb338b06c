import ArgumentParser
import PoseConfiguration
import PoseEstimation
import PoseFormats
import PoseGraph

struct Convert: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Convert weights between PyTorch's .pth and safetensors.",
    discussion: """
      The result carries the configuration, so that it needs no --config later. The weights are checked against it first.
      """)

  @Argument(help: "The weights to read.", completion: .file(extensions: ["safetensors", "pth", "pt"]))
  var input: String

  @Argument(help: "The file to write: .safetensors, .pth or .pt.", completion: .file())
  var output: String

  @Option(
    help: ArgumentHelp("The configuration, where the weights do not tell.", valueName: "name"),
    completion: .list(Zoo.names))
  var config: String?

  @Option(help: "In how many bits to keep the weights: float32 or float16; as they are unless given.")
  var precision: Checkpoint.FloatType?

  func validate() throws {
    if ![".safetensors", ".pth", ".pt"].contains(where: output.hasSuffix) {
      throw ValidationError("'\(output)' must end in .safetensors, .pth or .pt, which says what to write.")
    }
  }

  func run() throws {
    try reporting {
      let model = try Model(contentsOf: input, configuration: config)
      let weights = precision.map(model.checkpoint.rounded) ?? model.checkpoint
      let checkpoint = try model.configuration.describing(weights, source: input)
      do { try checkpoint.write(to: output) } catch { throw OutputError(output, error) }
      print("\(output): \(checkpoint.count) tensors of \(model.configuration.name)")
    }
  }
}

extension Checkpoint.FloatType: ExpressibleByArgument {}
