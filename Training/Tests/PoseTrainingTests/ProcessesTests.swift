import Foundation
import PoseExperiments
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
        "train.sync_norms=true", "train.optimizer={name: sgd, lr: 1e-4}", "train.schedule.warmup=0",
      ]
    return ["naive_litehrnet_18_coco_256x192", "--work-dir", folder, "--threads", "1"]
      + settings.flatMap { ["--set", $0] } + more
  }

  private func start(_ size: Int, _ arguments: [String]) throws -> Processes {
    try Processes(size, of: "pose-train", size > 1 ? arguments + ["--launcher", "pytorch"] : arguments)
  }

  @Test("a run whose process was killed goes on with two or with one, and nothing is lost")
  func killed() throws {
    let (whole, killed) = (run.folder + "/whole", run.folder + "/killed")
    for result in try start(2, arguments(whole, batch: 2)).results() {
      try #require(result.code == 0, "\(result.errors)")
    }
    let processes = try start(2, arguments(killed, batch: 2))
    let checkpoints = killed + "/checkpoints"
    while (try? FileManager.default.contentsOfDirectory(atPath: checkpoints).count) ?? 0 < 3, processes.isRunning(0) {
      usleep(10_000)
    }
    processes.kill(1)
    let survivor = try processes.results()[0]
    #expect(survivor.code == 75)
    #expect(survivor.errors.contains("rank 1 no longer answers"), "\(survivor.errors)")
    let newest = try #require(WorkFolder(killed).newestCheckpoints.first)
    #expect(survivor.errors.contains("--resume-from auto goes on from '\(newest)'"), "\(survivor.errors)")

    for size in [1, 2] {
      let folder = killed + "-\(size)"
      try FileManager.default.copyItem(atPath: killed, toPath: folder)
      for result in try start(size, arguments(folder, batch: 4 / size, ["--resume-from", "auto"])).results() {
        try #require(result.code == 0, "\(result.errors)")
      }
      let (all, some) = try (losses(whole), losses(folder))
      #expect(all.count == 12 && some.count == 12)
      if size == 2 {
        #expect(some == all)
        #expect(try weights(folder) == weights(whole))
      } else {
        // The same samples at once, in another order.
        for (loss, expected) in zip(some, all) {
          #expect((loss - expected).magnitude < 0.01 * expected, "\(some) \(all)")
        }
      }
    }
  }

  private func losses(_ folder: String) throws -> [Double] {
    try JSONLinesLog.records(of: folder + "/log.jsonl").compactMap { $0["loss"] }
  }

  private func weights(_ folder: String) throws -> [UInt8] { try FileBytes.read(folder + "/last.safetensors") }

  @Test("a wrong environment is said")
  func wrong() throws {
    let result = try Processes(1, of: "pose-train", arguments(run.folder, batch: 2, ["--launcher", "slurm"])).results()[
      0]
    #expect(result.code == 65)
    #expect(result.errors.contains("SLURM_"), "\(result.errors)")
  }
}
