import ArgumentParser
import PoseConfiguration
import PoseEstimation
import PoseFormats
import PoseGraph

struct Convert: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Convert weights between the formats of frameworks.",
    discussion: """
      Files end in .safetensors, in .pth or .pt (PyTorch), .ckpt (MindSpore), .pdparams (Paddle) or .npz (NumPy); an ONNX \
      file of a detector can be read. The weights are checked against the configuration first. Safetensors, .pth and .ckpt \
      carry it, so that they need no --config later. MindSpore and Paddle have their own names for parameters: those are \
      mapped, and the names of Lite-HRNet's layers are those of MindSpore's port and of PaddleDetection.

      An ONNX file of RTMDet has its norms folded into its convolutions: to train on from it, set \
      train.start.norm_batches. DEKR's authors keep the network that scores poses in a file of its own: --add puts it beside \
      the other weights.

      pose convert litehrnet_18_coco_256x192.pth litehrnet_18_coco_256x192.safetensors
      pose convert lite_hrnet_18_256x192_coco.pdparams lite_hrnet_18.safetensors
      pose convert litehrnet_18_coco_256x192.pth litehrnet_18.ckpt
      pose convert rtmdet_nano_person.onnx rtmdet_nano_person.safetensors --config rtmdet_nano_person
      pose convert pose_dekr_hrnetw32_coco.pth dekr.safetensors --config dekr_official_hrnet_w32_coco_512x512 \
      --add final_rescore_coco_kpt.pth
      """)

  @Argument(help: "The weights to read and the file to write, the same as --model and --output.", completion: .file())
  var files: [String] = []

  @Option(
    help: ArgumentHelp("The weights to read.", valueName: "file|name"),
    completion: .networks)
  var model: String?

  @Option(
    name: .output, help: ArgumentHelp("The file to write; what it ends in says how.", valueName: "file"),
    completion: .weights)
  var output: String?

  @Option(
    help: ArgumentHelp("The configuration. Needed if neither the file nor its name says which.", valueName: "name"),
    completion: .list(Zoo.names), transform: configurationName)
  var config: String?

  @Option(
    help: ArgumentHelp("Weights of further layers, such as those that score DEKR's poses.", valueName: "file"),
    completion: .weights)
  var add: String?

  @OptionGroup var storeOptions: StoreOptions

  @OptionGroup var recipe: RecipeOptions

  @Option(help: "Precision of the written weights: float32 or float16. Defaults to the precision of the input.")
  var precision: Checkpoint.FloatType?

  /// The file to read, unless weights are made up, and the file to write.
  private func places() throws -> (input: String?, output: String) {
    let places = [model].compactMap(\.self) + files + [output].compactMap(\.self)
    if recipe.isGiven {
      guard places.count < 2 else {
        throw ValidationError("--weights recipe makes the weights up: leave the file to read out.")
      }
      guard places.count == 1, config != nil else {
        throw ValidationError(
          "--weights recipe needs --config, which names the network, and the file to write: "
            + "pose convert --config NAME --weights recipe a.safetensors")
      }
      return (nil, places[0])
    }
    guard places.count == 2 else {
      throw ValidationError("Give the weights to read and the file to write: pose convert a.pth b.safetensors")
    }
    return (places[0], places[1])
  }

  func validate() throws {
    let (input, output) = try places()
    let endings = CheckpointFormats.extensions.map { "." + $0 }
    if !endings.contains(where: output.lowercased().hasSuffix) {
      throw ValidationError("'\(output)' must end in \(endings.alternatives), which says what to write.")
    }
    let isONNX = input?.lowercased().hasSuffix(".onnx") == true
    if isONNX, add != nil {
      throw ValidationError("--add is for networks whose weights are in several files. An ONNX file has all of them.")
    }
    if isONNX, config == nil {
      throw ValidationError(
        "An ONNX file does not say which network it was made from: add --config rtmdet_nano_person.")
    }
  }

  func run() throws {
    try reporting {
      let (input, output) = try places()
      var roles = FileRoles(reading: [input, config, add])
      try roles.write(output, "--output")
      var model = try source(input)
      if let add { model = try model.adding(contentsOf: add) }
      let weights = precision.map(model.checkpoint.rounded) ?? model.checkpoint
      if let tensor = weights.firstTensorThatIsNotFinite {
        throw InputError(
          "'\(tensor)' has a number that is out of float16's range, which ends at 65504: leave --precision float16 out")
      }
      let checkpoint = try model.configuration.describing(weights, source: input)
      do { try checkpoint.write(to: output) } catch { throw OutputError(output, error) }
      try standardOutput("\(output.onOneLine): \(checkpoint.count) tensors of \(model.configuration.name)")
    }
  }

  private func source(_ input: String?) throws -> Model {
    switch (input, config) {
    case (let input?, let config?) where input.lowercased().hasSuffix(".onnx"):
      return try Model(unfolding: input, configuration: config)
    case (let input?, _):
      return try storeOptions.model(input, configuration: config)
    case (nil, let config):
      let configuration = try Zoo.configuration(named: config ?? "")
      return try Model(configuration, recipe.checkpoint(for: configuration.graph()))
    }
  }
}

extension Checkpoint.FloatType: ExpressibleByArgument {}

extension [String] {
  /// `a, b or c`.
  var alternatives: String {
    (count > 1 ? dropLast().joined(separator: ", ") + " or " : "") + (last ?? "")
  }
}
