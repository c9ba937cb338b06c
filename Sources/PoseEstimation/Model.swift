import PoseConfiguration
import PoseCore
import PoseFormats
import PoseGraph

/// A network with its weights and all that is needed to use them.
public struct Model: Sendable {
  public let configuration: ModelConfiguration
  public let graph: Graph
  public let checkpoint: Checkpoint

  /// Loads a checkpoint file and finds out which configuration it belongs to: the one asked for, else the one that the
  /// file carries, else that of the file's name, else the first that its weights fit.
  ///
  /// - Parameters:
  ///   - path: a safetensors or PyTorch file.
  ///   - configuration: a name of the zoo or the path of a YAML file.
  /// - Throws: ``FormatError`` where the file cannot be read, ``ConfigurationError`` where there is no such
  ///   configuration, ``ModelError`` where the weights fit none.
  public init(contentsOf path: String, configuration name: String? = nil) throws {
    let checkpoint = try Checkpoint(contentsOf: path)
    self.checkpoint = checkpoint
    configuration = try Self.configuration(of: checkpoint, path: path, name: name)
    graph = try configuration.graph()
    do {
      try graph.check(checkpoint)
    } catch {
      throw ModelError.mismatch(path: path, error, fitting: Zoo.configurations(fitting: checkpoint).map(\.name))
    }
  }

  /// A network whose weights are already in memory.
  ///
  /// - Throws: ``ConfigurationError`` where the configuration cannot be built, ``CheckpointMismatch`` where the weights
  ///   are of another network.
  public init(_ configuration: ModelConfiguration, _ checkpoint: Checkpoint) throws {
    (self.configuration, self.checkpoint) = (configuration, checkpoint)
    graph = try configuration.graph()
    try graph.check(checkpoint)
  }

  private static func configuration(
    of checkpoint: Checkpoint, path: String, name: String?
  ) throws -> ModelConfiguration {
    if let name { return try Zoo.configuration(named: name) }
    if let json = checkpoint.metadata["config"] { return try ModelConfiguration(json: json, source: path) }
    let stem = path.split(separator: "/").last.map { $0.prefix { $0 != "." } } ?? ""
    // The file's name is asked first: building every network of the zoo takes a tenth of a second.
    if let named = try? Zoo.configuration(named: String(stem)), (try? named.graph().check(checkpoint)) != nil {
      return named
    }
    guard let configuration = Zoo.configurations(fitting: checkpoint).first else {
      throw ModelError.unrecognised(path: path, tensors: checkpoint.count)
    }
    return configuration
  }
}

/// Why a checkpoint cannot be used.
public enum ModelError: UserError {
  /// The weights are of another network; `fitting` names configurations that they fit.
  case mismatch(path: String, CheckpointMismatch, fitting: [String])
  /// The library was built without its default model.
  case noDefault
  /// No configuration of the zoo has these weights' names and shapes.
  case unrecognised(path: String, tensors: Int)
}

extension ModelError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .mismatch(let path, let mismatch, let fitting):
      let hint = fitting.first.map { "\n  This checkpoint looks like \($0). Try the configuration \($0)." } ?? ""
      return "cannot load '\(path)' into \(mismatch.network): \(mismatch)\(hint)"
    case .noDefault:
      return "this program was built without its default model, which takes Clang 19 or later: name a model"
    case .unrecognised(let path, let tensors):
      return "'\(path)' holds \(tensors) tensors that fit no known network. "
        + "Name its configuration, or write one in YAML (`pose models` lists the known ones)."
    }
  }
}
