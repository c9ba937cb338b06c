import Foundation
import PoseConfiguration
import PoseFormats
import PoseGraph

/// Where a run keeps what it makes: `checkpoints/`, the weights `best.safetensors` and `last.safetensors`, its logs.
public struct WorkFolder: Sendable {
  public let path: String

  /// Makes the folder where it is missing.
  ///
  /// - Throws: `FileError`.
  public init(_ path: String) throws {
    self.path = path
    do {
      try FileManager.default.createDirectory(atPath: checkpoints, withIntermediateDirectories: true)
    } catch {
      throw FileError.noPermission(path)
    }
  }

  /// Removes what killed processes of this machine left half written; others may be writing.
  public func removeLeftovers() {
    for folder in [path, checkpoints] {
      for name in Self.names(in: folder) where name.hasPrefix(".pose-") && name.hasSuffix(".tmp") {
        guard let process = name.split(separator: "-").dropFirst().first.flatMap({ pid_t($0) }), process > 0,
          kill(process, 0) != 0, errno == ESRCH
        else { continue }
        try? FileManager.default.removeItem(atPath: "\(folder)/\(name)")
      }
    }
  }

  public func file(_ name: String) -> String { path + "/" + name }

  /// The file of the checkpoint after so many iterations.
  public func checkpoint(_ iteration: Int) -> String {
    let digits = String(iteration)
    return "\(checkpoints)/\(String(repeating: "0", count: max(0, 9 - digits.count)))\(digits).safetensors"
  }

  /// The files of all checkpoints, the last one first.
  public var newestCheckpoints: [String] { checkpointIterations.map(checkpoint) }

  private var checkpointIterations: [Int] {
    Self.names(in: checkpoints).filter { $0.hasSuffix(".safetensors") }.compactMap { Int($0.dropLast(12)) }
      .sorted(by: >)
  }

  /// The files of the checkpoints after fewer iterations, the last one first.
  public func checkpoints(before iteration: Int) -> [String] {
    checkpointIterations.filter { $0 < iteration }.map(checkpoint)
  }

  /// Removes all but the last checkpoints, and those of a future that did not come to be.
  ///
  /// - Parameter validated: the iteration of the last checkpoint that was validated, which stays too: it is known to be good.
  public func keep(_ count: Int, upTo iteration: Int, validated: Int? = nil) {
    let kept = checkpointIterations.filter { $0 <= iteration }.prefix(count)
    for other in checkpointIterations where !kept.contains(other) && other != validated {
      removeCheckpoint(other)
    }
  }

  /// Removes the checkpoint after so many iterations, if it is there.
  public func removeCheckpoint(_ iteration: Int) { try? FileManager.default.removeItem(atPath: checkpoint(iteration)) }

  /// Writes weights that `pose predict` takes as they are.
  public func write(_ weights: Checkpoint, of configuration: ModelConfiguration, to name: String) throws {
    var file = weights
    // How it was trained belongs to a model, where the data lay does not.
    var configuration = configuration
    configuration.train?.data = TrainingDataDescription()
    if let weights = configuration.train?.teacher?.weights {
      configuration.train?.teacher?.weights = URL(filePath: weights).lastPathComponent
    }
    file.metadata = [
      "format": "pt", "architecture": configuration.model.backbone.name, "config": try configuration.json(),
    ]
    try file.write(to: self.file(name))
  }

  private var checkpoints: String { file("checkpoints") }

  private static func names(in folder: String) -> [String] {
    (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
  }
}
