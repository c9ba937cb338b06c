import ArgumentParser
import PoseEstimation
import PoseModels

/// Which model a command works with.
struct ModelOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp("The weights: a .safetensors or .pth file.", valueName: "file"),
    completion: .file(extensions: ["safetensors", "pth", "pt"]))
  var model: String

  @Option(
    help: ArgumentHelp(
      "The configuration: a name that `pose models` lists, or a YAML file. Needed where the weights do not tell.",
      valueName: "name"),
    completion: .list(Zoo.names))
  var config: String?

  func load() throws -> Model { try Model(contentsOf: model, configuration: config) }
}

/// A codec by the name that configurations use.
enum CodecName: String, ExpressibleByArgument, CaseIterable {
  case `default`, dark, udp, megvii
}
