import Foundation
import PoseFormats
import PoseGraph
import Testing
import TrainingTestSupport

@testable import PoseTraining

/// The built `pose-train` in several processes, as launchers start them.
@Suite("pose-train in processes", .serialized)
final class ProcessesTests {
  let run: TinyRun

  init() throws { run = try TinyRun() }

  private func arguments(_ folder: String, batch: Int, _ more: [String] = []) -> [String] {
    let settings =
      run.settings + [
        "train.batch=\(batch)", "train.epochs=6", "train.log_every=1", "train.checkpoint={iterations: 1, keep: 3}",
        "train.sync_norms=true", "train.optimizer={name: sgd, lr: 1e-4}",
      ]
    return ["naive_litehrnet_18_coco_256x192", "--work-dir", folder, "--threads", "1", "--process-timeout", "60"]
      + settings.flatMap { ["--set", $0] } + more
  }

  private func start(_ size: Int, _ arguments: [String]) throws -> Processes {
    try Processes(size, of: "pose-train", size > 1 ? arguments + ["--launcher", "pytorch"] : arguments)
  }

  @Test("a run whose process was killed goes on with two or with one, and nothing is lost", arguments: [2, 1])
  func killed(_ size: Int) throws {
    let whole = run.folder + "/whole"
    for result in try start(2, arguments(whole, batch: 2)).results() {
      try #require(result.code == 0, "\(result.errors)")
    }

    let folder = run.folder + "/killed"
    let processes = try start(2, arguments(folder, batch: 2))
    while (try? WorkFolder(folder).newestCheckpoints.count) ?? 0 < 3, processes.isRunning(0) { usleep(10_000) }
    processes.kill(1)
    let survivor = try processes.results()[0]
    #expect(survivor.code == 75)
    #expect(survivor.errors.contains("rank 1 no longer answers"), "\(survivor.errors)")
    let newest = try #require(WorkFolder(folder).newestCheckpoints.first)
    #expect(survivor.errors.contains("--resume-from auto goes on from '\(newest)'"), "\(survivor.errors)")

    let resumed = try start(size, arguments(folder, batch: 4 / size, ["--resume-from", "auto"])).results()
    for result in resumed { try #require(result.code == 0, "\(result.errors)") }
    let (expected, weights) = try (
      Checkpoint(contentsOf: whole + "/last.safetensors"), Checkpoint(contentsOf: folder + "/last.safetensors")
    )
    let lines = try JSONLinesLog.records(of: folder + "/log.jsonl")
    #expect(lines.map(\.iteration) == Array(1...12))
    if size == 2 { return #expect(weights.safetensors() == expected.safetensors()) }
    for name in expected.names {
      let difference = worstDifference(try #require(weights[name]).floats, try #require(expected[name]).floats)
      #expect(difference < 1e-3, "\(name): \(difference)")
    }
  }

  @Test("a wrong environment is said")
  func wrong() throws {
    let result = try Processes(1, of: "pose-train", arguments(run.folder, batch: 2, ["--launcher", "slurm"])).results()[
      0]
    #expect(result.code == 65)
    #expect(result.errors.contains("SLURM_"), "\(result.errors)")
  }
}
