import Foundation
import PoseConfiguration
import PoseFormats
import PoseGraph

/// The state of a run at one moment, as a checkpoint file holds it: all tensors, and the numbers that no tensor holds.
///
/// A safetensors file. Training goes on from it to the same bits as if it had not stopped, given the same seed, number of
/// threads, device and LibTorch.
public struct RunState: Sendable {
  public var configuration: ModelConfiguration
  public var progress: TrainingProgress
  public var details: Details
  /// The tensors by the part of training that they belong to.
  public var tensors: [Part: Checkpoint]

  /// The parts of training that have tensors. A file prefixes their names, such as `model.NAME`.
  public enum Part: String, Sendable, Hashable, CaseIterable {
    case model, loss, optimizer, average, gradient
    /// The states of the random number generators, `RANK.cpu` and `RANK.device`.
    case random
  }

  /// Numbers that no tensor holds.
  public struct Details: Sendable, Hashable, Codable {
    public var lossScale: Double?
    public var goodSteps = 0
    public var averageSteps = 0
    /// Batches whose gradients wait for an update.
    public var waiting = 0
    /// The number of samples in an epoch, which tells other data.
    public var samples: Int
    public var seed: UInt64
    /// How many processes there were.
    public var processes: Int
    /// How many samples all processes took at once.
    public var samplesAtOnce: Int

    public init(samples: Int, seed: UInt64, processes: Int, samplesAtOnce: Int) {
      (self.samples, self.seed, self.processes, self.samplesAtOnce) = (samples, seed, processes, samplesAtOnce)
    }
  }

  private static let format = "swift-pose training 1"

  public init(
    _ configuration: ModelConfiguration, progress: TrainingProgress, details: Details, tensors: [Part: Checkpoint] = [:]
  ) {
    (self.configuration, self.progress, self.details, self.tensors) = (configuration, progress, details, tensors)
  }

  /// Reads a file that ``write(to:)`` wrote.
  ///
  /// - Throws: `FormatError` where it cannot be read, ``TrainingError`` where it is no checkpoint of training.
  public init(contentsOf path: String) throws {
    let file = try Checkpoint(contentsOf: path)
    guard file.metadata["format"] == Self.format else {
      throw TrainingError.checkpoint(
        path: path, reason: "it is no checkpoint of a run. Weights alone are taken by --load-from")
    }
    func decoded<Value: Decodable>(_ key: String) throws -> Value {
      do {
        return try JSONDecoder().decode(Value.self, from: Data((file.metadata[key] ?? "").utf8))
      } catch {
        throw TrainingError.checkpoint(path: path, reason: "its '\(key)' is damaged")
      }
    }
    progress = try decoded("progress")
    details = try decoded("details")
    configuration = try ModelConfiguration(json: file.metadata["config"] ?? "", source: path)
    guard progress.isSound, (1...65536).contains(details.processes), (1...1 << 30).contains(details.samplesAtOnce),
      [details.waiting, details.averageSteps, details.goodSteps].allSatisfy((0...1 << 40).contains)
    else { throw TrainingError.checkpoint(path: path, reason: "its place in the data is damaged") }
    tensors = [:]
    for part in Part.allCases {
      let prefix = part.rawValue + "."
      var own = Checkpoint()
      for name in file.names where name.hasPrefix(prefix) { own[String(name.dropFirst(prefix.count))] = file[name] }
      if own.count > 0 { tensors[part] = own }
    }
  }

  /// Replaces a file, or makes it, at once or not at all.
  public func write(to path: String) throws {
    var file = Checkpoint()
    for part in Part.allCases {
      guard let own = tensors[part] else { continue }
      for name in own.names { file["\(part.rawValue).\(name)"] = own[name] }
    }
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    file.metadata = [
      "format": Self.format, "config": try configuration.json(),
      "progress": String(decoding: try encoder.encode(progress), as: UTF8.self),
      "details": String(decoding: try encoder.encode(details), as: UTF8.self),
    ]
    try file.write(to: path)
  }

  /// The first of the network's weights and of their averages that holds a number that is not finite; nil where all are.
  public var firstWeightThatIsNotFinite: String? {
    self[.model].firstTensorThatIsNotFinite ?? self[.average].firstTensorThatIsNotFinite
  }

  /// The tensors of a part; none where it has none.
  public subscript(part: Part) -> Checkpoint { tensors[part] ?? Checkpoint() }
}
