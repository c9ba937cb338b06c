import ArgumentParser
import PoseConfiguration
import PoseEstimation
import PoseFormats
import PoseGraph

struct Export: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Write a network with its weights for other runtimes.",
    discussion: """
      An ONNX file (operator set 17, float32) takes batches of any size at the configuration's picture size. Batch \
      norms are folded into convolutions; the configuration travels in the metadata, as in converted weights.

      pose export litehrnet_18.pth --format onnx --output litehrnet_18.onnx
      pose export --config litehrnet_18_coco_256x192 --weights recipe --output recipe.onnx
      """)

  @Argument(
    help: "The weights to read; those that come with pose unless given.",
    completion: .file(extensions: ["safetensors", "pth", "pt"]))
  var input: String?

  @Option(
    help: ArgumentHelp("The configuration, where the weights do not tell.", valueName: "name"),
    completion: .list(Zoo.names))
  var config: String?

  @Option(help: "`recipe` for deterministic weights that any framework can make again, instead of a file.")
  var weights: Forward.Weights?

  @Option(help: "What to write: onnx.")
  var format = Format.onnx

  @Option(name: .shortAndLong, help: ArgumentHelp("The file to write.", valueName: "file"), completion: .file())
  var output: String

  enum Format: String, ExpressibleByArgument, CaseIterable { case onnx }

  func validate() throws {
    if input != nil, weights != nil { throw ValidationError("Give the weights: either a file or --weights recipe.") }
    if input == nil, weights == nil, config != nil {
      throw ValidationError("--config goes with weights: a file or --weights recipe.")
    }
    if weights != nil, config == nil {
      throw ValidationError("--weights recipe needs --config, which says what network.")
    }
  }

  func run() throws {
    try reporting {
      let (configuration, graph, weights) = try network()
      let checkpoint = try configuration.describing(weights, source: input)
      let bytes = try graph.onnx(checkpoint)
      do { try FileBytes.write(bytes, to: output) } catch { throw OutputError(output, error) }
      print("\(output): \(graph.name), \(bytes.count.grouped) bytes")
    }
  }

  private func network() throws -> (ModelConfiguration, Graph, Checkpoint) {
    if let input {
      let model = try Model(contentsOf: input, configuration: config)
      return (model.configuration, model.graph, model.checkpoint)
    }
    guard let config else {
      let model = try Model.default
      return (model.configuration, model.graph, model.checkpoint)
    }
    let configuration = try Zoo.configuration(named: config)
    let graph = try configuration.graph()
    return (
      configuration, graph, WeightRecipe.checkpoint(for: graph, normGain: Float(configuration.recipe.normGain))
    )
  }
}

extension ModelConfiguration {
  /// Weights that say what they are for: the configuration, the architecture and the file that they came from.
  func describing(_ weights: Checkpoint, source path: String?) throws -> Checkpoint {
    var checkpoint = weights
    // How it learnt is of no use to who uses it.
    var configuration = self
    configuration.train = nil
    checkpoint.metadata["config"] = try configuration.json()
    checkpoint.metadata["architecture"] = model.backbone
    if checkpoint.metadata["source"] == nil {
      checkpoint.metadata["source"] = path?.split(separator: "/").last.map(String.init)
    }
    return checkpoint
  }
}
