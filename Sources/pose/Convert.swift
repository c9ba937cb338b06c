import ArgumentParser
import PoseConfiguration
import PoseEstimation
import PoseFormats
import PoseGraph

struct Convert: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Convert weights between PyTorch's .pth and safetensors.",
    discussion: """
      The output carries the configuration, so it needs no --config later. The weights are checked against it first.

      pose convert litehrnet_18_coco_256x192.pth litehrnet_18_coco_256x192.safetensors
      """)

  @Argument(help: "The weights to read.", completion: .file(extensions: ["safetensors", "pth", "pt"]))
  var input: String

  @Argument(help: "The file to write: .safetensors, .pth or .pt.", completion: .file())
  var output: String

  @Option(
    help: ArgumentHelp("The configuration. Needed if neither the file nor its name says which.", valueName: "name"),
    completion: .list(Zoo.names))
  var config: String?

  @Option(help: "Precision of the written weights: float32 or float16. Defaults to the precision of the input.")
  var precision: Checkpoint.FloatType?

  func validate() throws {
    if ![".safetensors", ".pth", ".pt"].contains(where: output.hasSuffix) {
      throw ValidationError("'\(output)' must end in .safetensors, .pth or .pt, which says what to write.")
    }
  }

  func run() throws {
    try reporting {
      let model = try Model(contentsOf: input, configuration: config).announced()
      let weights = precision.map(model.checkpoint.rounded) ?? model.checkpoint
      let checkpoint = try model.configuration.describing(weights, source: input)
      do { try checkpoint.write(to: output) } catch { throw OutputError(output, error) }
      print("\(output): \(checkpoint.count) tensors of \(model.configuration.name)")
    }
  }
}

extension Checkpoint.FloatType: ExpressibleByArgument {}
