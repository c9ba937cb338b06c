import PoseConfiguration
import PoseCore
import PoseFormats
import PoseGraph

/// A network with its weights and all that is needed to use them.
public struct Model: Sendable {
  public let configuration: ModelConfiguration
  /// How the configuration was chosen.
  public let source: ConfigurationSource
  public let graph: Graph
  public let checkpoint: Checkpoint

  /// How a model's configuration was chosen.
  public enum ConfigurationSource: Sendable, Hashable {
    /// The caller named it.
    case caller
    /// The file carries it.
    case file
    /// The file's name is the configuration's, or that of its published weights.
    case fileName
    /// It fits the weights, and all others that do treat pictures alike.
    case weights
    /// The model comes with the library.
    case library
    /// The network's outputs are those of a published detector.
    case form
  }

  /// Loads a checkpoint file and finds the configuration that it belongs to: the one asked for, else the one that the
  /// file carries, else the one that the file's name starts with or that lists the file among its published weights,
  /// else the one that the weights fit.
  ///
  /// - Parameters:
  ///   - path: a safetensors or PyTorch file.
  ///   - name: a configuration: a name of the zoo or the path of a YAML file.
  /// - Throws: `FormatError` where the file cannot be read, `ConfigurationError` where there is no such
  ///   configuration, ``ModelError`` where the weights fit none, or several that treat pictures differently, or are not
  ///   finite.
  public init(contentsOf path: String, configuration name: String? = nil) throws {
    let checkpoint = try Checkpoint(contentsOf: path)
    let (configuration, source) = try Self.configuration(of: checkpoint, path: path, name: name)
    do {
      try self.init(configuration, checkpoint, source: source, file: path)
    } catch let mismatch as CheckpointMismatch {
      let fitting = Zoo.configurations(fitting: checkpoint).map(\.name)
      // What the file itself says goes first.
      let own = checkpoint.metadata["config"].flatMap { try? ModelConfiguration(json: $0, source: path).name }
      throw ModelError.mismatch(
        path: path, mismatch, fitting: fitting.filter { $0 == own } + fitting.filter { $0 != own })
    }
  }

  /// A network whose weights are already in memory.
  ///
  /// - Throws: `ConfigurationError` where the configuration cannot be built, `CheckpointMismatch` where the weights
  ///   are of another network, ``ModelError`` where they are not finite.
  public init(_ configuration: ModelConfiguration, _ checkpoint: Checkpoint) throws {
    try self.init(configuration, checkpoint, source: .caller)
  }

  /// - Parameter file: where the weights come from, for messages; nil where only the configuration is known.
  init(
    _ configuration: ModelConfiguration, _ checkpoint: Checkpoint, source: ConfigurationSource, file: String? = nil
  ) throws {
    (self.configuration, self.checkpoint, self.source) = (configuration, checkpoint, source)
    graph = try configuration.graph()
    try graph.check(checkpoint)
    if let tensor = checkpoint.firstTensorThatIsNotFinite {
      throw ModelError.notFinite(file ?? configuration.name, tensor: tensor)
    }
    if let tensor = graph.firstNegativeVariance(in: checkpoint) {
      throw ModelError.negativeVariance(file ?? configuration.name, tensor: tensor)
    }
  }

  /// The same model with another file's weights beside its own, such as those that score DEKR's poses.
  ///
  /// - Throws: `FormatError` where the file cannot be read, ``ModelError`` where the network has no place for the weights or has
  ///   them already.
  public func adding(contentsOf path: String) throws -> Model {
    let others = try Checkpoint(contentsOf: path)
    var all = checkpoint
    for name in others.names {
      guard all[name] == nil else { throw ModelError.repeated(path: path, tensor: name) }
      all[name] = others[name]
    }
    do {
      return try Model(configuration.adopting(all), all, source: source, file: path)
    } catch let mismatch as CheckpointMismatch {
      throw ModelError.mismatch(path: path, mismatch, fitting: [])
    }
  }

  static func configuration(
    of checkpoint: Checkpoint, path: String, name: String?
  ) throws -> (configuration: ModelConfiguration, source: ConfigurationSource) {
    if let name { return (try Zoo.configuration(named: name).adopting(checkpoint), .caller) }
    if let json = checkpoint.metadata["config"] { return (try ModelConfiguration(json: json, source: path), .file) }
    // The file's name is asked first: building every network of the zoo takes a tenth of a second.
    let named = Zoo.configurations(forFile: path).map { $0.adopting(checkpoint) }
    if let configuration = named.first(where: { (try? $0.graph().check(checkpoint)) != nil }) {
      return (configuration, .fileName)
    }
    let fitting = Zoo.configurations(fitting: checkpoint)
    guard let configuration = fitting.first else {
      throw ModelError.unrecognized(path: path, tensors: checkpoint.count)
    }
    guard fitting.allSatisfy(configuration.treatsPictures) else {
      throw ModelError.ambiguous(path: path, fitting: fitting.map(\.name))
    }
    return (configuration, .weights)
  }
}

extension Model.ConfigurationSource: CustomStringConvertible {
  public var description: String {
    switch self {
    case .caller: "as asked for"
    case .file: "from the file"
    case .fileName: "from the file's name"
    case .weights: "the one that the weights fit"
    case .library: "the model that comes with the library"
    case .form: "from the form of its outputs"
    }
  }
}

/// Why a checkpoint cannot be used.
public enum ModelError: UserError {
  /// The weights are of another network; `fitting` names configurations that they fit.
  case mismatch(path: String, CheckpointMismatch, fitting: [String])
  /// Weights that are to be added to a model's have a tensor that the model has already.
  case repeated(path: String, tensor: String)
  /// The weights fit several configurations that treat pictures differently.
  case ambiguous(path: String, fitting: [String])
  /// A weight is no finite number: the file or the configuration, and the first tensor that holds one.
  case notFinite(String, tensor: String)
  /// A batch norm's variance is below zero, so that what it computes is no number.
  case negativeVariance(String, tensor: String)
  /// The library was built without its default model.
  case noDefault
  /// No configuration of the zoo has these weights' names and shapes.
  case unrecognized(path: String, tensors: Int)
  /// Nothing says how pictures become the input of a detector's ONNX file.
  case unknownPreparation(path: String)
  /// A detector's ONNX file has scores of another number of classes than the configuration names.
  case otherClasses(path: String, count: Int, configuration: String, named: Int)
}

extension ModelError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .mismatch(let path, let mismatch, let fitting):
      let hint = fitting.first.map { "\n  This checkpoint looks like \($0). Try the configuration \($0)." } ?? ""
      return "cannot load '\(path)' into \(mismatch.network): \(mismatch)\(hint)"
    case .repeated(let path, let tensor):
      return "'\(path)' has a tensor '\(tensor)', which the model has already: give a file with other layers"
    case .ambiguous(let path, let fitting):
      return """
        '\(path)' fits \(fitting.count) configurations that treat pictures differently: \
        \(fitting.joined(separator: ", ")).
          Name the one that the weights were trained with, as in --config \(fitting.first ?? "NAME"), or \
        --detector-config for a detector.
        """
    case .notFinite(let source, let tensor):
      return
        "'\(source)' cannot be used: its tensor '\(tensor)' holds numbers that are not finite, as after a training run "
        + "that diverged or a damaged download. Use an earlier checkpoint, or fetch the file again."
    case .negativeVariance(let source, let tensor):
      return
        "'\(source)' cannot be used: its tensor '\(tensor)' holds variances below zero, as a damaged or wrongly converted "
        + "file does. Fetch or convert it again."
    case .noDefault:
      return "this program was built without its default model, which takes Clang 19 or later: name a model"
    case .unrecognized(let path, let tensors):
      return "'\(path)' holds \(tensors) tensors that fit no known network. "
        + "Name its configuration, or write one in YAML (`pose models` lists the known ones)."
    case .unknownPreparation(let path):
      return "'\(path)' does not say how pictures become its input: name a detector's configuration that does, such as "
        + "rtmdet_nano_person, or begin the file's name with it"
    case .otherClasses(let path, let count, let configuration, let named):
      return "'\(path)' has scores of \(count) classes, but \(configuration) names \(named): "
        + "choose the configuration that the network was trained with"
    }
  }
}
