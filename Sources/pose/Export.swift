import ArgumentParser
import PoseConfiguration
import PoseEstimation
import PoseFormats
import PoseGraph

struct Export: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Write a network with its weights for other runtimes.",
    discussion: """
      What the output's name ends in says the format. Batch norms are folded into convolutions, and the configuration is \
      stored in the metadata, as in converted weights.

      .onnx: operator set 17, float32, batches of any size. Checked in ONNX Runtime, OpenVINO and ncnn.
      .mindir: for MindSpore 2, float32, batches of the size that --batch gives. Checked in MindSpore 2.10.
      .tflite: for TensorFlow Lite (LiteRT), weights in float32 or float16, batches of the size that --batch gives; pictures \
      and heatmaps have their channels last. Checked in LiteRT 2.3.
      .mlpackage: an ML program of Core ML for iOS 16, macOS 13 and later, in float16, as the Neural Engine computes and \
      as coremltools writes by default, or in float32, for batches up to a size or one picture. Checked by coremltools 9 and a \
      reference in NumPy; it was run on no device.

      pose export litehrnet_18_coco_256x192.pth --format onnx --output litehrnet_18.onnx
      pose export litehrnet_18_coco_256x192.pth --output litehrnet_18.mindir --batch 8
      pose export litehrnet_18_coco_256x192.pth --output litehrnet_18.tflite --precision float16
      pose export litehrnet_18_coco_256x192.pth --format coreml --output litehrnet_18.mlpackage
      pose export litehrnet_18_coco_256x192.pth --format coreml --input picture --output LiteHRNet.mlpackage
      pose export --config litehrnet_18_coco_256x192 --weights recipe --output recipe.onnx
      pose export rtmo_s_coco_640x640.pth --person-part --output joints.onnx
      """)

  @Argument(
    help: ArgumentHelp("The same as --model.", valueName: "file"),
    completion: .weights)
  var file: String?

  @Option(
    help: ArgumentHelp("The weights to read. Defaults to the model that comes with pose.", valueName: "file|name"),
    completion: .weights)
  var model: String?

  /// The weights, by either of their places on the command line.
  private var input: String? { model ?? file }

  @Option(
    help: ArgumentHelp("The configuration. Needed if neither the file nor its name says which.", valueName: "name"),
    completion: .list(Zoo.names), transform: configurationName)
  var config: String?

  @OptionGroup var storeOptions: StoreOptions

  @OptionGroup var recipe: RecipeOptions

  @Flag(
    help: "Write the part of the network that looks at each person who was found, which RTMO, DEKR and CID have.")
  var personPart = false

  @Option(help: "The output format. Defaults to what the output's name ends in.")
  var format: Format?

  @Option(
    in: 1...4096,
    help: ArgumentHelp(
      "How many pictures a MINDIR or TensorFlow Lite file takes at a time. Defaults to 1.", valueName: "count"))
  var batch: Int?

  @Option(
    help: ArgumentHelp(
      "What weights are kept in: float16 or float32. A Core ML model computes with it too and defaults to float16; a TensorFlow "
        + "Lite file computes with float32 and defaults to it."))
  var precision: Checkpoint.FloatType?

  @Option(
    name: .output,
    help: ArgumentHelp(
      "The file to write, which ends in .onnx, .mindir or .tflite, or the folder, which ends in .mlpackage.",
      valueName: "file"),
    completion: .file(extensions: Format.allCases.map(\.fileExtension)))
  var output: String

  @OptionGroup(title: "Core ML") var coreML: CoreMLArguments

  enum Format: String, ExpressibleByArgument, CaseIterable {
    case onnx, mindir, tflite, coreml

    var fileExtension: String {
      switch self {
      case .onnx: "onnx"
      case .mindir: "mindir"
      case .tflite: "tflite"
      case .coreml: "mlpackage"
      }
    }
  }

  /// The format that is asked for, or that the output's name ends in.
  private func chosenFormat() throws -> Format {
    // A package is a folder, which shells complete with a slash.
    var name = output.lowercased()
    while name.hasSuffix("/") { name.removeLast() }
    let named = Format.allCases.first { name.hasSuffix(".\($0.fileExtension)") }
    guard let named, format == nil || format == named, named == .coreml || !output.hasSuffix("/") else {
      let endings = (format.map { [$0] } ?? Format.allCases).map { ".\($0.fileExtension)" }
      throw ValidationError("'\(output)' must end in \(endings.alternatives), which says what is written.")
    }
    return named
  }

  func validate() throws {
    if file != nil, model != nil { throw ValidationError("Give the weights once.") }
    let format = try chosenFormat()
    if batch != nil, ![.mindir, .tflite].contains(format) {
      throw ValidationError("--batch goes with .mindir and .tflite, whose batch is of one size.")
    }
    if precision != nil, ![.tflite, .coreml].contains(format) {
      throw ValidationError("--precision goes with .tflite and .mlpackage: the others are float32.")
    }
    if format != .coreml, let option = coreML.given {
      throw ValidationError("\(option) goes with .mlpackage, which --format coreml writes.")
    }
    if input != nil, recipe.isGiven { throw ValidationError("Give the weights: either a file or --weights recipe.") }
    if input == nil, !recipe.isGiven, config != nil {
      throw ValidationError("--config goes with weights: a file or --weights recipe.")
    }
    if recipe.isGiven, config == nil {
      throw ValidationError("--weights recipe needs --config, which names the network.")
    }
  }

  func run() throws {
    try reporting {
      var roles = FileRoles(reading: [input, config])
      if try chosenFormat() == .coreml {
        try roles.replaceFolder(output, "--output")
      } else {
        try roles.write(output, "--output")
      }
      var (configuration, graph, weights) = try network()
      if personPart {
        guard let part = try configuration.personGraph(of: graph) else {
          throw InputError("\(configuration.name) has no part that looks at one person: leave --person-part out")
        }
        (graph, weights) = (part, weights.part(for: part))
      }
      let checkpoint = try configuration.describing(weights, source: input)
      let count =
        switch try chosenFormat() {
        case .onnx: try write(graph.onnx(checkpoint))
        case .mindir: try write(graph.mindIR(checkpoint, batch: batch ?? 1))
        case .tflite: try write(graph.tfLite(checkpoint, batch: batch ?? 1, precision: precision ?? .float32))
        case .coreml: try writeCoreML(configuration, graph, checkpoint)
        }
      try standardOutput("\(output.onOneLine): \(graph.name), \(count.grouped) bytes")
    }
  }

  private func write(_ bytes: [UInt8]) throws -> Int {
    do { try FileBytes.write(bytes, to: output) } catch { throw OutputError(output, error) }
    return bytes.count
  }

  private func writeCoreML(
    _ configuration: ModelConfiguration, _ graph: Graph, _ weights: Checkpoint
  ) throws -> Int {
    var checkpoint = weights
    checkpoint.metadata.merge(configuration.coreMLMetadata) { given, _ in given }
    let options = configuration.coreMLOptions(
      for: graph, checkpoint, precision: precision ?? .float16, largestBatch: coreML.batch)
    let package = try graph.coreML(checkpoint, options)
    do { try package.write(to: output) } catch { throw OutputError(output, error) }
    return package.byteCount
  }

  private func network() throws -> (ModelConfiguration, Graph, Checkpoint) {
    if let input {
      let model = try storeOptions.model(input, configuration: config)
      return (model.configuration, model.graph, model.checkpoint)
    }
    guard let config else {
      let model = try Model.default.announced()
      return (model.configuration, model.graph, model.checkpoint)
    }
    let configuration = try Zoo.configuration(named: config)
    let graph = try configuration.graph()
    return (configuration, graph, recipe.checkpoint(for: graph))
  }
}

extension ModelConfiguration {
  /// The weights with metadata: the configuration, the architecture and the file that they came from.
  func describing(_ weights: Checkpoint, source path: String?) throws -> Checkpoint {
    var checkpoint = weights
    // Users of the weights need neither how they were trained nor where other weights are.
    var configuration = self
    configuration.train = nil
    configuration.weights = []
    checkpoint.metadata["config"] = try configuration.json()
    checkpoint.metadata["architecture"] = model.backbone.name
    if checkpoint.metadata["source"] == nil {
      checkpoint.metadata["source"] = path?.split(separator: "/").last.map(String.init)
    }
    return checkpoint
  }
}
