import ArgumentParser
import PoseConfiguration
import PoseEstimation

/// Which networks find people and their joints.
struct NetworkOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The network's weights: a .safetensors or .pth file, or a name that `pose models` lists. Defaults to the model that "
        + "comes with pose.", valueName: "file|name"), completion: .file(extensions: ["safetensors", "pth", "pt"]))
  var model: String?

  @Option(
    help: ArgumentHelp("The network's configuration, where its file does not tell.", valueName: "name"))
  var config: String?

  @Option(
    help: ArgumentHelp(
      "What finds people: default, a detector's weights (.safetensors, .pth, .onnx), a name that `pose models` lists, or "
        + "whole to take each frame as one person's, whose pose is kept however unsure it is.", valueName: "file|name"))
  var detector = "default"

  @Option(
    help: ArgumentHelp(
      "The most threads to use, 1 to 1024. Defaults to one for each processor.", valueName: "count"))
  var threads: Int?

  @Flag(help: "Never fetch weights: published ones must be here already. POSE_OFFLINE=1 does the same.")
  var offline = false

  func validate() throws {
    if let threads, !(1...1024).contains(threads) { throw ValidationError("--threads takes 1 to 1024.") }
    if model == nil, config != nil { throw ValidationError("--config goes with --model, which names the weights.") }
  }

  func estimator() throws -> PoseEstimator {
    var options = PoseEstimator.Options()
    options.threads = threads
    var store = ModelStore()
    if offline { store.isOffline = true }
    let source: PoseEstimator.Source =
      switch model {
      case nil: .default
      case let name? where Zoo.names.contains(name): .named(name, from: store)
      case let path?: .file(path, configuration: config)
      }
    let people: PoseEstimator.People =
      switch detector {
      case "default": .default
      case "whole": .wholePicture
      case let name where Zoo.names.contains(name): .model(try Model(named: name, from: store))
      default: .file(detector)
      }
    return try PoseEstimator(model: source, detector: people, options: options)
  }
}
