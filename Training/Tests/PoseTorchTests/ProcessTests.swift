import Foundation
import PoseFormats
import PoseGraph
import Testing
import TrainingTestSupport

@testable import PoseTorch

/// Real processes that train together, with Gloo. One run after the other: each has processes enough.
@Suite(.serialized)
struct ProcessTests {
  @Test("processes add up, compare, share and gather", arguments: [(1, false), (2, true), (3, false)])
  func operations(_ size: Int, _ meetsAtFile: Bool) throws {
    let file = Processes.temporary("store")
    defer { try? FileManager.default.removeItem(at: file) }
    let results = try Processes(size, of: "process-probe", ["operations"] + (meetsAtFile ? ["file=\(file.path)"] : []))
      .results()
    let sum = Float(size * (size + 1) / 2)
    let texts = (0..<size).map { String(repeating: "A", count: $0) }
    for (rank, result) in results.enumerated() {
      let values = rank == 0 ? (0..<size).map { "[\"rank \($0)\": [\($0).0, inf]]" } : []
      let gathered = "[\(values.joined(separator: ", "))] 4.0"
      let expected = "\(sum),\(sum) \(Float(size - 1)),\(Float(size - 1)) \(Float(size - 1) / 2) 7.0,7.0,7.0"
      #expect(result.output == "\(expected) \(texts) \(gathered)\n", "\(result.errors)")
      #expect(result.code == 0)
    }
  }

  @Test(
    "two processes train as one with twice the batch",
    arguments: [
      ["norms=synchronised", "segments=2"], ["norms=frozen", "accumulation=2", "clipping=100", "bucket=1000"],
    ])
  func trains(_ options: [String]) throws {
    let together = try weights(after: 2, options)
    let alone = try weights(after: 1, options)[0]
    #expect(together[0] == together[1])
    let before = WeightRecipe.checkpoint(for: try PublishedTrainingTests.graph())
    var moved: Float = 0
    for name in alone.names {
      let expected = try #require(alone[name]).floats
      let difference = worstDifference(try #require(together[0][name]).floats, expected)
      #expect(difference < 1e-6, "\(name): \(difference)")
      moved = max(moved, worstDifference(try #require(before[name]).floats, expected))
    }
    #expect(moved > 0.01 && moved < .infinity)
  }

  private func weights(after size: Int, _ options: [String]) throws -> [Checkpoint] {
    let out = Processes.temporary("weights").path
    let results = try Processes(size, of: "process-probe", ["train", "out=\(out)"] + options).results()
    return try results.enumerated().map { rank, result in
      try #require(result.code == 0, "\(result.errors)")
      let path = "\(out).\(rank).safetensors"
      defer { try? FileManager.default.removeItem(atPath: path) }
      return try Checkpoint(contentsOf: path)
    }
  }

  @Test(
    "a process that is killed or hangs ends the run on all others, which name it",
    arguments: [(3, 1, "kill"), (2, 0, "kill"), (2, 1, "stop")])
  func loses(_ size: Int, _ lost: Int, _ signal: String) throws {
    // One that hangs is lost only once the others have waited for so long; the connection to a killed one breaks.
    let timeout = signal == "stop" ? 10 : 600
    let processes = try Processes(
      size, of: "process-probe", ["lose", "rank=\(lost)", "signal=\(signal)", "timeout=\(timeout)"])
    for (rank, result) in try processes.results(killing: signal == "stop" ? [lost] : []).enumerated() where rank != lost
    {
      #expect(result.code == 3)
      #expect(result.output == "lost [\(lost)]\n")
      #expect(result.errors.contains("rank \(rank) of \(size): rank \(lost) no longer answers"), "\(result.errors)")
      #expect(result.errors.contains("resume from the last checkpoint, with any number of processes"))
    }
  }

  @Test(
    "processes that do not train the same say so on every rank",
    arguments: [
      ("text=other", "has another configuration than rank 0: 'lite_hrnet_30', not 'lite_hrnet_18'"),
      ("size=other", "has another network than rank 0"),
    ])
  func disagrees(_ option: String, _ message: String) throws {
    for result in try Processes(2, of: "process-probe", ["disagree", option]).results() {
      #expect(result.code == 3)
      #expect(result.errors.contains("rank 1 \(message)"), "\(result.errors)")
    }
  }

  @Test("a process that waits in vain for the others says where")
  func waitsInVain() throws {
    for result in try Processes(2, count: 1, of: "process-probe", ["operations", "timeout=1"]).results() {
      #expect(result.code == 3)
      #expect(result.errors.contains("rank 0 of 2 met not all others at 127.0.0.1:"), "\(result.errors)")
    }
  }

  /// The first in PATH that can start anything: some come without what they need.
  static let torchrun = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
    .map { URL(filePath: String($0)).appending(path: "torchrun") }
    .first {
      let arguments = ["--standalone", "--no_python", "--nproc_per_node", "1", "true"]
      return FileManager.default.isExecutableFile(atPath: $0.path)
        && (try? Processes(launcher: $0, arguments).results().first?.code) == 0
    }

  @Test(
    "torchrun starts processes that find each other, at a store of its own too",
    .enabled(if: torchrun != nil, "skipped: no torchrun here that works"), arguments: [["--standalone"], []])
  func startsByTorchrun(_ options: [String]) throws {
    let arguments =
      options + ["--no_python", "--nproc_per_node", "2", try Processes.program("process-probe").path, "operations"]
    let result = try Processes(launcher: #require(Self.torchrun), arguments).results()[0]
    #expect(result.code == 0, "\(result.errors)")
    #expect(
      result.output.contains("\"rank 1\": [1.0, inf]"), "\(result.output)")
  }
}
