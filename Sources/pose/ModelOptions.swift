import ArgumentParser
import PoseConfiguration
import PoseEngine
import PoseEstimation
import PoseFormats

/// The files that weights are read from, in the words of help texts.
let weightsFiles = "a \(CheckpointFormats.extensions.map { "." + $0 }.alternatives) file"

/// The model that a command works with.
struct ModelOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The weights: \(weightsFiles), or a name that `pose models` lists, whose published weights are fetched once. "
        + "Defaults to the model that comes with pose.", valueName: "file|name"),
    completion: .file(extensions: CheckpointFormats.extensions))
  var model: String?

  @Option(
    help: ArgumentHelp(
      "The configuration: a name that `pose models` lists, or a YAML file. Needed if neither the weights file nor its name says which.",
      valueName: "name"),
    completion: .list(Zoo.names), transform: configurationName)
  var config: String?

  @OptionGroup var storeOptions: StoreOptions

  func validate() throws {
    if model == nil, config != nil { throw ValidationError("--config goes with --model, which names the weights.") }
  }

  /// - Parameter refining: whether the command wants a network that refines poses, or one that finds them.
  func load(refining: Bool = false) throws -> Model {
    let loaded = try model.map { try storeOptions.model($0, configuration: config) } ?? Model.default.announced()
    switch (loaded.configuration.inputPose != nil, refining) {
    case (true, false):
      throw InputError("\(loaded.configuration.name) refines poses that another network found: use `pose refine`")
    case (false, true):
      throw InputError("\(loaded.configuration.name) finds poses and refines none: give a PoseFix network")
    default: return loaded
    }
  }
}

extension Model {
  /// The same model, after saying on standard error which configuration it has and why.
  func announced() -> Model {
    Failure.report("using \(configuration.name) (\(source))")
    return self
  }
}

extension ONNXModel {
  /// - Parameter inputSize: the input's extents without the batch, where the file leaves them open.
  init(contentsOf path: String, inputSize: [Int]? = nil) throws {
    let bytes = try FileBytes.read(path)
    do {
      try self.init(bytes: bytes, inputSize: inputSize)
    } catch {
      throw InputError("cannot read '\(path)': \(error)")
    }
  }
}

extension Precision: ExpressibleByArgument {}
