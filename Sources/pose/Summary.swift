import ArgumentParser
import PoseConfiguration
import PoseCore
import PoseEstimation
import PoseFormats
import PoseGraph

struct Summary: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Count the parameters and operations of a network.",
    discussion: """
      Multiply-adds are those of convolutions, dense layers and matrix products for one picture. Published FLOPs are \
      counted as in the published tables, where "M" is 2^20.
      """)

  @Argument(
    help:
      "A configuration that `pose models` lists, a YAML file, or a weights file. Defaults to the model that comes with pose.",
    completion: .list(Zoo.names))
  var network: String?

  @Option(
    help: ArgumentHelp("The weights whose network is counted.", valueName: "file|name"),
    completion: .weights)
  var model: String?

  @Option(
    help: ArgumentHelp("The configuration: a name that `pose models` lists, or a YAML file.", valueName: "name"),
    completion: .list(Zoo.names), transform: configurationName)
  var config: String?

  @OptionGroup var storeOptions: StoreOptions

  @Option(
    help: ArgumentHelp("Another input size, height x width.", valueName: "HxW"), transform: ShapeArgument.init)
  var shape: ShapeArgument?

  @Flag(help: "Print a row for each layer.")
  var layers = false

  @Option(
    name: .output, help: ArgumentHelp("Write the layers' table to a .csv or .html file.", valueName: "file"),
    completion: .file(extensions: ["csv", "html"]))
  var output: String?

  @OptionGroup var json: JSONOption

  func validate() throws {
    if network != nil, model != nil || config != nil {
      throw ValidationError("Name the network once: as an argument, or with --model or --config.")
    }
    if network == nil, model == nil, config == nil { try json.checkIsNoArgument(of: "summary") }
    if let output, !output.hasSuffix(".csv"), !output.hasSuffix(".html") {
      throw ValidationError("'\(output)' must end in .csv or .html, which says what to write.")
    }
  }

  func run() throws {
    try reporting {
      var roles = FileRoles(reading: [network, model, config])
      try roles.write(output, "--output")
      try roles.write(json.file, "--json")
      var configuration = try configuration()
      if let shape { configuration.model.input = shape.size }
      let graph = try configuration.graph()
      let cost = graph.cost
      if let output {
        let text =
          output.hasSuffix(".csv") ? graph.table(of: \.description).csv : graph.table.html(title: configuration.name)
        do { try FileBytes.write(Array(text.utf8), to: output) } catch { throw OutputError(output, error) }
      }
      try json.write(pose.json(Counts(configuration: configuration.name, cost)))
      if json.isStandardOutput { return }
      if layers { try standardOutput(graph.table.text + "\n") }
      let size = configuration.model.input
      let mega = (Double(cost.publishedFLOPs) / 1_048_576).rounded(toPlaces: 2)
      try standardOutput(
        """
        \(configuration.name)
        input            \(size.height) x \(size.width) (height x width)
        parameters       \(cost.parameters.grouped)
        multiply-adds    \(cost.multiplyAdds.grouped)
        published FLOPs  \(cost.publishedFLOPs.grouped) (\(mega) M)
        """)
      // Of another input size nothing is known.
      if shape == nil, let published = configuration.published {
        try standardOutput("published        \(published)")
      }
    }
  }
}

extension Summary {
  private struct Counts: Encodable {
    let configuration: String
    let parameters: Int
    let multiplyAdds: Int
    let publishedFLOPs: Int

    init(configuration: String, _ cost: Cost) {
      self.configuration = configuration
      parameters = cost.parameters
      multiplyAdds = cost.multiplyAdds
      publishedFLOPs = cost.publishedFLOPs
    }

    enum CodingKeys: String, CodingKey {
      case configuration, parameters
      case multiplyAdds = "multiply_adds"
      case publishedFLOPs = "published_flops"
    }
  }

  private func configuration() throws -> ModelConfiguration {
    if let model { return try storeOptions.model(model, configuration: config).configuration }
    guard let network = network ?? config else { return try Model.default.announced().configuration }
    // Configurations are text in YAML; every other file that is there should be weights.
    let isFile = if case .file = FileKind(network) { true } else { false }
    let isWeights =
      [".pth", ".pt", ".safetensors"].contains { network.hasSuffix($0) }
      || isFile && ![".yaml", ".yml"].contains { network.lowercased().hasSuffix($0) }
    return isWeights ? try storeOptions.model(network).configuration : try Zoo.configuration(named: network)
  }
}

extension Graph {
  /// A row a layer and one for all, for people to read.
  fileprivate var table: Table {
    var table = table(of: \.grouped)
    table.append("in all", "", "", "", cost.parameters.grouped, cost.multiplyAdds.grouped)
    return table
  }

  /// A row a layer.
  fileprivate func table(of number: (Int) -> String) -> Table {
    var table = Table("layer", "operation", "input", "output", "parameters", "multiply-adds")
    func text(_ shape: [Int]) -> String { shape.dropFirst().map(String.init).joined(separator: "x") }
    for layer in layerCosts {
      table.append(
        layer.path, layer.operation, text(layer.inputShape), text(layer.outputShape), number(layer.cost.parameters),
        number(layer.cost.multiplyAdds))
    }
    return table
  }
}

/// `HxW`, as in `256x192`.
struct ShapeArgument {
  let size: Size

  /// - Throws: `ValidationError` for what is no size.
  init(_ argument: String) throws {
    guard let size = Size(argument), [size.height, size.width].allSatisfy((32...4096).contains) else {
      throw ValidationError("a size is height x width in pixels of 32...4096 each, such as 256x192")
    }
    self.size = size
  }
}
