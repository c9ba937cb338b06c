import Foundation
import PoseExperiments
import PoseFormats
import PoseGraph
import Testing

@testable import PoseTraining

/// The built `pose-train`, run and ended as users and their machines do it.
@Suite("pose-train", .serialized)
final class CommandTests {
  let run: TinyRun

  init() throws { run = try TinyRun() }

  private func arguments(_ folder: String, _ more: [String] = []) -> [String] {
    let settings =
      run.settings + [
        "model.input=32x32", "train.epochs=10", "train.log_every=1", "train.checkpoint={iterations: 1, keep: 3}",
      ]
    return ["naive_litehrnet_18_coco_256x192", "--work-dir", folder, "--threads", "1"]
      + settings.flatMap { ["--set", $0] } + more
  }

  @Test("a run that is killed again and again ends with the same bits", .timeLimit(.minutes(10)))
  func killed() throws {
    let whole = run.folder + "/whole"
    let expected = try Command(arguments(whole)).finish()
    #expect(expected.code == 0, "\(expected.errors)")
    let folder = run.folder + "/killed"
    var random = SystemRandomNumberGenerator()
    var kills = 0
    while kills < 20 {
      let hasCheckpoint = try !WorkFolder(folder).newestCheckpoints.isEmpty
      let command = try Command(arguments(folder, hasCheckpoint ? ["--resume-from", "auto"] : []))
      // Whatever it does then: start, step, write.
      if try command.kill(after: .milliseconds(Int.random(in: 100...1500, using: &random))) {
        kills += 1
      } else {
        break
      }
    }
    let hasCheckpoint = try !WorkFolder(folder).newestCheckpoints.isEmpty
    let last = try Command(arguments(folder, hasCheckpoint ? ["--resume-from", "auto"] : [])).finish()
    #expect(last.code == 0, "\(last.errors)")
    #expect(try FileBytes.read(folder + "/last.safetensors") == FileBytes.read(whole + "/last.safetensors"))
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder).allSatisfy { !$0.hasSuffix(".tmp") })
    let lines = try JSONLinesLog.records(of: folder + "/log.jsonl")
    #expect(lines.map(\.iteration) == Array(1...20))
  }

  @Test("Ctrl-C saves and says how to go on")
  func interrupted() throws {
    let folder = run.folder + "/interrupted"
    let command = try Command(
      arguments(folder, ["--set", "train.epochs=100000", "--set", "train.checkpoint.iterations=0"]))
    let log = folder + "/log.jsonl"
    while (try? JSONLinesLog.records(of: log).count) ?? 0 < 2, command.isRunning { usleep(50_000) }
    command.interrupt()
    let result = try command.finish()
    #expect(result.code == 130)
    #expect(result.errors.contains("--resume-from auto"))
    #expect(try WorkFolder(folder).newestCheckpoints.count >= 1)
  }

  @Test(
    "what a user gets wrong is said",
    arguments: [
      (["--set", "train.optimzer.lr=1"], 65, "Did you mean 'optimizer'?"), (["--set", "lr"], 65, "KEY=VALUE"),
      (["--device", "tpu"], 64, "cuda:NUMBER"), (["--resume-from", "auto"], 65, "no checkpoint"),
      (["--resume-from", "/nowhere.safetensors"], 65, "does not exist"),
      (["--load-from", "/nowhere.pth"], 65, "does not exist"), (["--threads", "0"], 64, "--threads"),
      (["--set", "train.data.train.0.annotations=/nowhere.json"], 65, "does not exist"),
      (["--resume-from", "a", "--load-from", "b"], 64, "leave --load-from out"),
    ] as [([String], Int32, String)])
  func wrong(_ more: [String], _ code: Int32, _ words: String) throws {
    let result = try Command(arguments(run.folder + "/wrong", more)).finish()
    #expect(result.code == code)
    #expect(result.errors.contains(words), "\(result.errors)")
  }

  @Test("a folder with a run's checkpoints is not begun in anew, and the configuration can be seen")
  func folders() throws {
    let folder = run.folder + "/used"
    let experiment = try run.experiment()
    try TrainingCheckpoint(experiment, TrainingProgress()).write(to: WorkFolder(folder).checkpoint(0))
    let result = try Command(arguments(folder)).finish()
    #expect(result.code == 65 && result.errors.contains("--resume-from auto"))
    let printed = try Command(arguments(folder, ["--print-config", "--seed", "7", "--amp"])).finish()
    #expect(printed.code == 0)
    #expect(printed.output.contains("seed: 7") && printed.output.contains("precision: bfloat16"))
  }
}

/// A process of `pose-train`.
private final class Command {
  private let process = Process()
  private let folder = FileManager.default.temporaryDirectory.appending(path: "pose-command-\(UUID().uuidString)")

  init(_ arguments: [String]) throws {
    let folders =
      Bundle.allBundles.map { $0.bundleURL.deletingLastPathComponent() }
      + [URL(filePath: CommandLine.arguments[0]).resolvingSymlinksInPath().deletingLastPathComponent()]
      + ["release", "debug"].map {
        URL(filePath: #filePath).appending(path: "../../../.build/\($0)").standardizedFileURL
      }
    let programs = folders.map { $0.appending(path: "pose-train") }
    let program: URL = try #require(
      programs.first { FileManager.default.isExecutableFile(atPath: $0.path) },
      "no pose-train beside the tests: build it first")
    process.executableURL = program
    process.arguments = arguments
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    for name in ["out", "err"] {
      _ = FileManager.default.createFile(atPath: folder.appending(path: name).path, contents: nil)
    }
    process.standardOutput = try FileHandle(forWritingTo: folder.appending(path: "out"))
    process.standardError = try FileHandle(forWritingTo: folder.appending(path: "err"))
    try process.run()
  }

  deinit {
    if process.isRunning { process.terminate() }
    try? FileManager.default.removeItem(at: folder)
  }

  var isRunning: Bool { process.isRunning }

  func interrupt() { process.interrupt() }

  /// - Returns: false where it ended by itself before.
  func kill(after time: Duration) throws -> Bool {
    let end = ContinuousClock.now + time
    while ContinuousClock.now < end, process.isRunning { usleep(5_000) }
    guard process.isRunning else { return false }
    Foundation.kill(process.processIdentifier, SIGKILL)
    process.waitUntilExit()
    return true
  }

  func finish() throws -> (code: Int32, output: String, errors: String) {
    process.waitUntilExit()
    return (
      process.terminationStatus, try String(contentsOf: folder.appending(path: "out"), encoding: .utf8),
      try String(contentsOf: folder.appending(path: "err"), encoding: .utf8)
    )
  }
}
