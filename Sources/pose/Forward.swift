import ArgumentParser
import PoseConfiguration
import PoseCore
import PoseEngine
import PoseEstimation
import PoseFormats
import PoseGraph

struct Forward: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Run the bare network on a tensor, for comparison with other frameworks.",
    discussion: """
      The input is a float tensor N x 3 x H x W in a .npy file or in a .npz file (x.npz:key; the first one without a \
      key). A .npy output holds the network's only output; a .npz output holds all outputs by name.

      pose forward --model litehrnet_18_coco_256x192.pth --input x.npy --output heatmaps.npy
      pose forward --config litehrnet_18_coco_256x192 --weights recipe --input x.npz:input --output y.npz
      """)

  @Option(
    help: ArgumentHelp(
      "The weights, or a whole network as .onnx.", valueName: "file|name"),
    completion: .networks)
  var model: String?

  @Option(
    help: ArgumentHelp("The configuration: a name that `pose models` lists, or a YAML file.", valueName: "name"),
    completion: .list(Zoo.names), transform: configurationName)
  var config: String?

  @OptionGroup var storeOptions: StoreOptions

  @OptionGroup var recipe: RecipeOptions

  @Option(help: ArgumentHelp("The tensor to read.", valueName: "x.npy|x.npz[:key]"), completion: .file())
  var input: String

  @Option(
    name: .output, help: ArgumentHelp("The file to write.", valueName: "y.npy|y.npz"),
    completion: .file(extensions: ["npy", "npz"]))
  var output: String

  @OptionGroup var engineOptions: EngineOptions

  func validate() throws {
    guard (model != nil) != recipe.isGiven else {
      throw ValidationError("Give the weights: either --model FILE or --weights recipe.")
    }
    if recipe.isGiven, config == nil {
      throw ValidationError("--weights recipe needs --config, which says what network.")
    }
    if !output.hasSuffix(".npy"), !output.hasSuffix(".npz") {
      throw ValidationError("'\(output)' must end in .npy or .npz, which says what to write.")
    }
  }

  func run() throws {
    try reporting {
      var roles = FileRoles(reading: [model, config, TensorPlace(input).path])
      try roles.write(output, "--output")
      let tensor = try tensor(at: input)
      let (graph, checkpoint) = try network(for: tensor)
      let outputs = try engineOptions.engine(graph, checkpoint)(tensor)
      do {
        try FileBytes.write(try encoded(outputs), to: output)
      } catch let error as FileError {
        throw OutputError(output, error)
      }
    }
  }

  /// The network at the input's own size, which need not be the configuration's.
  private func network(for tensor: Tensor) throws -> (Graph, Checkpoint) {
    guard tensor.shape.count == 4, (3...4096).contains(tensor.shape[1]), tensor.type.isFloatingPoint,
      tensor.shape[2...].allSatisfy((32...4096).contains)
    else {
      throw InputError(
        "'\(input)' holds \(tensor.type) of shape \(tensor.shape); the network takes floats of N x C x H x W, C 3 or more, with H and W of 32...4096"
      )
    }
    if let model, model.hasSuffix(".onnx") {
      let model = try ONNXModel(contentsOf: model, inputSize: Array(tensor.shape.dropFirst()))
      return (model.graph, model.checkpoint)
    }
    let model = try model.map { try storeOptions.model($0, configuration: config) }
    var configuration = try model?.configuration ?? Zoo.configuration(named: config ?? "")
    configuration.model.input = Size(height: tensor.shape[2], width: tensor.shape[3])
    let graph = try configuration.graph()
    return (graph, model?.checkpoint ?? recipe.checkpoint(for: graph))
  }

  private func encoded(_ outputs: [(name: String, tensor: Tensor)]) throws -> [UInt8] {
    if output.hasSuffix(".npz") {
      var archive = NumpyArchive()
      for output in outputs { archive[output.name] = output.tensor }
      return try archive.bytes()
    }
    guard outputs.count == 1 else {
      let names = outputs.map(\.name).joined(separator: ", ")
      throw InputError("the network has \(outputs.count) outputs (\(names)); write them to a .npz file")
    }
    return outputs[0].tensor.npy()
  }
}
